// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/text_files.hpp>
#include <codegen/firmware/toolchain.hpp>
#include <codegen/prove/certificate.hpp>
#include <codegen/prove/core_claims.hpp>
#include <codegen/prove/sanitizer_log.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>
#include <runtime/host/version.hpp>

#include <algorithm>
#include <optional>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

/// Kernels that a desktop's compiler builds, as proof.mk names them.
const std::vector<std::string> desktop_kernels{"portable", "lanes"};

std::string step_text(const ImportedProgram& program, int step) {
  return "step " + std::to_string(step) + " (" +
         visit_op(program.graph.steps[step].op, [](auto op) { return std::string(decltype(op)::name); }) +
         ")";
}

/// Builds and runs the programs of a folder with the newest Clang that is there.
class Programs {
 public:
  explicit Programs(fs::path folder) : folder_(std::move(folder)) {
    for (const char* suffix : {"", "-19", "-18", "-17", "-16", "-15", "-14"})
      if (is_installed(std::string("clang++") + suffix) && is_installed(std::string("clang") + suffix)) {
        suffix_ = suffix;
        missing_ = is_installed("make") ? "" : "make is not installed";
        return;
      }
  }
  const std::string& missing() const { return missing_; }
  /// Its log; nothing where it did not compile.
  std::optional<std::string> log_of(const std::string& program) const {
    if (!run_make(folder_, {"-f", "proof.mk", "CLANG=clang" + suffix_, "CLANGXX=clang++" + suffix_, program}))
      return std::nullopt;
    return read_text(folder_ / (program + ".log"));
  }

 private:
  fs::path folder_;
  std::string suffix_, missing_ = "clang and clang++ (14 to 19) are not installed";
};

std::string did_not_compile(const std::string& kernels) {
  return "clang++ did not compile or link it with the " + kernels +
         " kernels: what it says stands above (are its sanitizers installed?)";
}

/// Worst first, so that a claim is as weak as its weakest part.
void weaken(Claim& claim, Verdict verdict) {
  const auto rank = [](Verdict v) {
    return v == Verdict::unproven ? 3 : v == Verdict::not_run ? 2 : v == Verdict::excepted ? 1 : 0;
  };
  if (rank(verdict) > rank(claim.verdict)) claim.verdict = verdict;
}

class Prover {
 public:
  Prover(const ImportedProgram& program, const ProofOptions& options)
      : program_(program), programs_(options.folder) {}

  /// Branches and addresses.
  Claim data() const {
    Claim claim{"data", "no branch and no address depends on inputs or states, and results on nothing else"};
    if (!programs_.missing().empty()) return not_run(claim);
    claim.verdict = Verdict::proven;
    for (const std::string& kernels : desktop_kernels) look_at_data(claim, kernels);
    return claim;
  }
  /// \param data what that claim came to
  Claim memory(Verdict data) const {
    Claim claim{"memory", "every step reads and writes its own values alone, whatever the inputs are"};
    if (!programs_.missing().empty()) return not_run(claim);
    claim.verdict = Verdict::proven;
    for (const std::string& kernels : desktop_kernels) look_at_memory(claim, kernels);
    if (claim.verdict != Verdict::proven || data == Verdict::proven || data == Verdict::excepted)
      return claim;
    claim.verdict = Verdict::unproven;
    claim.findings.emplace_back(
        "it is so for the inputs of the self test: for all inputs it is only where the claim before holds");
    return claim;
  }
  static Claim overflow(const std::vector<StepNumbers>& steps) {
    Claim claim{"overflow",
                "no sum, product or shift of whole numbers leaves its type, whatever the inputs are",
                Verdict::proven,
                {"portable"}};
    for (const StepNumbers& step : steps) {
      if (step.proven()) continue;
      claim.verdict = Verdict::unproven;
      const std::string where = "step " + std::to_string(step.step) + " (" + step.op + "): ";
      if (!step.numbers.known())
        claim.findings.push_back(where + "nothing is known of the numbers that it computes");
      for (const ComputedNumber& number : step.numbers.all())
        if (!number.proven())
          claim.findings.push_back(where + number.what + " may be " + std::to_string(number.low) + " to " +
                                   std::to_string(number.high) + ", beyond " +
                                   std::to_string(number.type_bits()) + " bits");
    }
    return claim;
  }
  /// What compiled the programs.
  std::string compiler() const {
    if (!programs_.missing().empty()) return programs_.missing();
    const std::string text = programs_.log_of("compiler").value_or("");
    return text.substr(0, text.find('\n'));
  }

 private:
  Claim not_run(Claim claim) const {
    claim.findings.push_back(programs_.missing());
    return claim;
  }

  /// The log of a program with these kernels, which the claim then names.
  std::optional<std::string> run(Claim& claim, const char* program, const std::string& kernels) const {
    auto text = programs_.log_of(program + kernels);
    if (text) {
      claim.kernels.push_back(kernels);
    } else {
      weaken(claim, Verdict::not_run);
      claim.findings.push_back(did_not_compile(kernels));
    }
    return text;
  }

  void look_at_data(Claim& claim, const std::string& kernels) const {
    const auto text = run(claim, "data_", kernels);
    if (!text) return;
    const DataLog log = read_data_log(*text);
    if (!log.done) {
      weaken(claim, Verdict::unproven);
      claim.findings.push_back("the program with the " + kernels + " kernels did not come to its end: data_" +
                               kernels + ".log");
    }
    for (const std::string& place : log.stale) {
      weaken(claim, Verdict::unproven);
      claim.findings.push_back(kernels + ": " + place + " depends on what the arena held before");
    }
    if (!log.places.empty()) explain(claim, kernels, log);
  }

  /// Which steps have branches and addresses that depend on data, and whether their ops say why.
  void explain(Claim& claim, const std::string& kernels, const DataLog& found) const {
    const DataLog by_step = read_data_log(programs_.log_of("steps_" + kernels).value_or(""));
    for (const auto& [place, at] : found.places) {
      const auto known = by_step.places.find(place);
      std::string where = kernels + ": " + place + ", " + std::to_string(at.times) + " times", why;
      bool explained = known != by_step.places.end() && !known->second.steps.empty();
      if (explained)
        for (const int step : known->second.steps) {
          where += ", " + step_text(program_, step);
          const Step& s = program_.graph.steps[step];
          const char* const table = visit_op(s.op, [&](auto op) { return decltype(op)::table_address(s); });
          explained = explained && table;
          why = table ? table : "";
        }
      weaken(claim, explained ? Verdict::excepted : Verdict::unproven);
      claim.findings.push_back(where + (explained ? ": " + why : ": a branch or an address depends on data"));
    }
  }

  void look_at_memory(Claim& claim, const std::string& kernels) const {
    const auto text = run(claim, "memory_", kernels);
    if (!text || text->ends_with("proof: done\n")) return;
    weaken(claim, Verdict::unproven);
    claim.findings.push_back("the " + kernels + " kernels: memory_" + kernels + ".log says what they did");
  }

  const ImportedProgram& program_;
  Programs programs_;
};

/// One hash of all files below a folder, and of their names.
std::string hash_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  std::string all;
  for (const fs::path& file : files)
    all += sha256_hex(read_file(file)) + "  " + file.lexically_relative(folder).generic_string() + "\n";
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(all.data()), all.size()});
}

/// What `model_model_hash` gives.
std::string hash_in_header(const fs::path& header) {
  constexpr std::string_view macro = "_MODEL_HASH (";
  const std::string text = read_text(header);
  const std::size_t at = text.find(macro) + macro.size();
  return text.substr(at, text.find("ull", at) - at);
}

}  // namespace

const char* verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::proven:
      return "proven";
    case Verdict::excepted:
      return "proven but for";
    case Verdict::unproven:
      return "NOT PROVEN";
    case Verdict::not_run:
      break;
  }
  return "NOT LOOKED AT";
}

bool Certificate::holds() const {
  return std::ranges::none_of(claims, [](const Claim& claim) { return claim.verdict == Verdict::unproven; });
}

Certificate prove(const ImportedModel& model, const ImportedProgram& program, const ProofOptions& options) {
  write_proof(model, program, options);
  write_core(model, program, options);
  const Prover prover(program, options);
  Certificate certificate{model.name, {}, {}, numbers_of(model, program)};
  certificate.subject = {{"model hash", hash_in_header(options.folder / "model.h")},
                         {"weights, SHA-256", sha256_hex(read_file(options.folder / "model_weights.bin"))},
                         {"source, SHA-256", sha256_hex(read_file(options.folder / "model.cpp"))},
                         {"headers, SHA-256", hash_of_folder(options.folder / "headers")},
                         {"planned for", options.board == "desktop" ? "every core" : options.board},
                         {"compiler", prover.compiler()},
                         {"Etch", std::string(version)}};
  certificate.claims.push_back(prover.data());
  certificate.claims.push_back(prover.memory(certificate.claims.back().verdict));
  certificate.claims.push_back(Prover::overflow(certificate.numbers));
  certificate.claims.push_back(instructions_claim(program, options));
  certificate.claims.push_back(addresses_claim(program, options));
  certificate.claims.push_back(stack_claim(options));
  if (const std::string core = core_compiler(options); !core.empty())
    certificate.subject.emplace_back("core's compiler", core);
  return certificate;
}

}  // namespace etch::host
