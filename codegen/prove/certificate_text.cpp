// SPDX-License-Identifier: BSL-1.0
#include <codegen/prove/certificate_text.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace etch::host {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// The number of a step that comes nearest to leaving its type of 32 bits.
std::string closest(const StepNumbers& step) {
  const ComputedNumber* worst = nullptr;
  const auto size = [](const ComputedNumber& n) { return std::max(n.high, -n.low); };
  for (const ComputedNumber& number : step.numbers.all())
    if (number.bits == 32 && !number.saturates && (!worst || size(number) > size(*worst))) worst = &number;
  return worst ? std::string(worst->what) + ": " + std::to_string(worst->low) + " to " +
                     std::to_string(worst->high)
               : "no whole number of 32 bits";
}

const char* id_of(Verdict verdict) {
  constexpr const char* ids[]{"proven", "excepted", "unproven", "not_run"};
  return ids[static_cast<int>(verdict)];
}

nlohmann::ordered_json step_data(const StepNumbers& step) {
  auto numbers = nlohmann::ordered_json::array();
  for (const ComputedNumber& n : step.numbers.all())
    numbers.push_back({{"what", n.what},
                       {"bits", n.type_bits()},
                       {"range", {n.low, n.high}},
                       {"saturates", n.saturates},
                       {"proven", n.proven()}});
  return {{"step", step.step}, {"op", step.op}, {"proven", step.proven()}, {"numbers", numbers}};
}

}  // namespace

void print_certificate(const Certificate& certificate, std::ostream& out) {
  out << "Certificate of '" << certificate.model << "'\n\n";
  for (const auto& [what, is] : certificate.subject)
    out << what << ": " << std::string(what.size() < 17 ? 17 - what.size() : 0, ' ') << is << '\n';
  for (const Claim& claim : certificate.claims) {
    out << '\n' << claim.id << ": " << claim.title << '\n' << "  " << verdict_text(claim.verdict);
    if (!claim.kernels.empty()) out << ", of kernels: " << joined(claim.kernels);
    out << '\n';
    for (const std::string& finding : claim.findings) out << "  - " << finding << '\n';
  }
  out << "\nNumbers of 32 bits that come nearest to their ends, by step:\n";
  for (const StepNumbers& step : certificate.numbers)
    out << "  " << step.step << " " << step.op << ": "
        << (step.floats_alone      ? "floats alone"
            : step.numbers.known() ? closest(step)
                                   : "not known")
        << '\n';
  out << "\nWhat this rests on and does not say: docs/safety.md\n";
}

nlohmann::ordered_json certificate_data(const Certificate& certificate) {
  nlohmann::ordered_json subject = nlohmann::ordered_json::array(), claims = subject, steps = subject;
  for (const auto& [what, is] : certificate.subject) subject.push_back({{"what", what}, {"is", is}});
  for (const Claim& claim : certificate.claims)
    claims.push_back({{"id", claim.id},
                      {"title", claim.title},
                      {"verdict", id_of(claim.verdict)},
                      {"kernels", claim.kernels},
                      {"findings", claim.findings}});
  for (const StepNumbers& step : certificate.numbers) steps.push_back(step_data(step));
  return {{"model", certificate.model},
          {"holds", certificate.holds()},
          {"subject", subject},
          {"claims", claims},
          {"steps", steps}};
}

}  // namespace etch::host
