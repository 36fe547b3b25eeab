// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/caller_text.hpp>
#include <codegen/firmware/emit_model.hpp>
#include <codegen/firmware/text_files.hpp>
#include <codegen/firmware/toolchain.hpp>
#include <codegen/model/element_names.hpp>
#include <codegen/prove/core_claims.hpp>
#include <codegen/prove/core_log.hpp>
#include <codegen/prove/core_sources.hpp>
#include <codegen/prove/overflow.hpp>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

bool is_arm(const ProofOptions& options) {
  return fs::exists(options.headers / "runtime/boards/arm" / board_folder(options.board).name);
}

/// What is not there of what a board's programs need, as a sentence; empty: nothing.
std::string missing(const ProofOptions& options, bool emulator) {
  if (options.board == "desktop") return "no core was named: --board says which";
  const bool arm = is_arm(options);
  const std::string compiler = toolchain_of(options.board, options.headers, "headers").cross + "g++",
                    qemu = arm ? "qemu-system-arm" : "qemu-system-riscv32";
  for (const std::string& program : {compiler, emulator ? qemu : std::string("python3"), std::string("make")})
    if (!is_installed(program)) return program + " is not installed";
  if (!emulator && !fs::exists(options.headers / "cmake/check_stack.py"))
    return "cmake/check_stack.py is not beside the headers";
  return "";
}

bool run(const ProofOptions& options, const std::string& program) {
  return run_make(options.folder, {"-f", "proof.mk", program});
}

std::string fills_text(const FirmwareEnds& ends) {
  std::string text;
  for (std::size_t k = 0; k < ends.inputs.size(); ++k)
    text += "  fill_" + std::string(names_of(ends.inputs[k].type).c) + "(in" +
            (ends.inputs.size() == 1 ? "" : std::to_string(k)) + ".numbers, " +
            std::to_string(ends.inputs[k].elements) + ", input);\n";
  return text;
}

Claim not_run(Claim claim, std::string why) {
  claim.findings.push_back(std::move(why));
  return claim;
}

/// Whether a core chooses between numbers without a branch, by conditional instructions or one that
/// saturates.
bool chooses(const ProofOptions& options) {
  const std::string flags = toolchain_of(options.board, options.headers, "headers").flags;
  return flags.find("cortex-m0") == std::string::npos && flags.find("-march=rv32") == std::string::npos;
}

/// Of a core that does not: how many instructions more a result may take for it, which has two bounds and
/// rounds by its sign.
constexpr std::uint64_t most_choices = 4;

std::string counts_text(const CountRange& range) {
  return std::to_string(range.low) + " to " + std::to_string(range.high) + " instructions";
}

/// Which steps take more instructions for some inputs, and whether it is by as few as choices take.
void explain(Claim& claim, const ImportedProgram& program, const CoreLog& log, bool chooses) {
  bool explained = true, of_floats = false;
  for (std::size_t s = 0; s < log.steps.size(); ++s) {
    if (log.steps[s].spread() <= log.tick) continue;
    const Step& step = program.graph.steps[static_cast<int>(s)];
    const std::uint64_t most = most_choices * static_cast<std::uint64_t>(step.out.size()) + log.tick;
    const bool floats = has_floats_alone(program, step);
    of_floats = of_floats || floats;
    explained = explained && (floats || !chooses) && log.steps[s].spread() <= most;
    claim.findings.push_back("step " + std::to_string(s) + " (" +
                             visit_op(step.op, [](auto op) { return std::string(decltype(op)::name); }) +
                             ") takes " + counts_text(log.steps[s]) + " for " +
                             std::to_string(step.out.size()) + " results");
  }
  if (!explained) return;
  claim.verdict = Verdict::excepted;
  if (!chooses)
    claim.findings.emplace_back(
        "the core has no instruction that chooses or saturates: a result that is kept within its bounds "
        "takes a "
        "branch, at most 4 instructions a result");
  else if (of_floats)
    claim.findings.emplace_back(
        "the core's compiler makes branches of some choices between floats: at most 4 instructions a result");
}

/// Whether a step's addresses are what they have to be, and what is so of those that are not.
void explain(Claim& claim, const ImportedProgram& program, std::size_t s, const Touched& touched) {
  const Step& step = program.graph.steps[static_cast<int>(s)];
  const std::string name = "step " + std::to_string(s) + " (" +
                           visit_op(step.op, [](auto op) { return std::string(decltype(op)::name); }) + ")";
  if (touched.outside > 0) {
    claim.verdict = Verdict::unproven;
    claim.findings.push_back(name + " touches what is neither constant, nor the model's, nor the stack: " +
                             std::to_string(touched.outside) + " times");
  }
  if (touched.same) return;
  std::string why;
  if (const char* const table = visit_op(step.op, [&](auto op) { return decltype(op)::table_address(step); }))
    why = table;
  else if (has_floats_alone(program, step) &&
           touched.accesses.spread() <= static_cast<std::uint64_t>(step.out.size()))
    why =
        "the core's compiler makes branches of some choices between floats, which leave out the store of a "
        "result "
        "that stays as it is";
  if (why.empty()) claim.verdict = Verdict::unproven;
  if (claim.verdict == Verdict::proven) claim.verdict = Verdict::excepted;
  claim.findings.push_back(name + " touches other addresses for some inputs" +
                           (why.empty() ? "" : ": " + why));
}

}  // namespace

void write_core(const ImportedModel& model, const ImportedProgram& program, const ProofOptions& options) {
  if (options.board == "desktop") return;
  const FirmwareEnds ends = firmware_ends(model, program, false);
  std::string core = replaced(proof::core_text, "@FILLS@", fills_text(ends));
  core = fill_in_caller(std::move(core), ends, program.plan.state_bytes > 0, false);
  write_text(options.folder / "core.c", replaced(replaced(core, "@NAME@", "MODEL"), "@name@", "model"));
  const Toolchain tools = toolchain_of(options.board, options.headers, "headers");
  const bool arm = is_arm(options);
  std::string makefile = replaced(proof::core_makefile_text, "@CROSS@", tools.cross);
  makefile = replaced(makefile, "@FLAGS@", tools.flags);
  makefile = replaced(makefile, "@CXX_HEADERS@", tools.cxx_headers);
  makefile = replaced(makefile, "@ROOT@", fs::absolute(options.headers).string());
  makefile = replaced(makefile, "@ARCHITECTURE@", arm ? "arm" : "riscv");
  makefile = replaced(makefile, "@BOARD@", board_folder(options.board).name);
  makefile = replaced(makefile, "@C_LIBRARY@", arm ? "--specs=nano.specs --specs=nosys.specs" : "");
  const fs::path path = options.folder / "proof.mk";
  write_text(path, read_text(path) + makefile);
}

Claim instructions_claim(const ImportedProgram& program, const ProofOptions& options) {
  Claim claim{"instructions", "16 inputs, extreme and drawn, take as many instructions"};
  if (std::string what = missing(options, true); !what.empty()) return not_run(claim, what);
  if (!run(options, "core"))
    return not_run(claim, "it did not compile or link for " + options.board + ": what was said stands above");
  const CoreLog log = read_core_log(read_text(options.folder / "core.log"));
  claim.kernels = {options.board};
  claim.verdict = Verdict::unproven;
  if (!log.done || log.inputs == 0)
    return not_run(claim, "the program did not come to its end in the emulator: core.log");
  const std::string seen =
      log.tick > 1 ? "; the counter sees " + std::to_string(log.tick) + " at a time" : "";
  if (log.predictions.spread() <= log.tick) claim.verdict = Verdict::proven;
  claim.findings.push_back("a prediction takes " + counts_text(log.predictions) + seen);
  if (claim.verdict != Verdict::proven) explain(claim, program, log, chooses(options));
  return claim;
}

Claim addresses_claim(const ImportedProgram& program, const ProofOptions& options) {
  Claim claim{"addresses",
              "16 inputs touch the same addresses in the same order, step by step, all of them the step's"};
  if (std::string what = missing(options, true); !what.empty()) return not_run(claim, what);
  if (!run(options, "core")) return not_run(claim, "it did not compile or link for " + options.board);
  if (!run(options, "addresses") || !fs::exists(options.folder / "addresses.log"))
    return not_run(claim, "the emulator did not take the plugin that sees addresses: addresses_core.log");
  const CoreLog log = read_core_log(read_text(options.folder / "core.log"));
  const auto steps =
      read_address_log(read_text(options.folder / "addresses.log"), log.steps.size(), log.inputs);
  if (!log.done || steps.empty())
    return not_run(claim, "the program did not come to its end in the emulator: addresses.log");
  claim.kernels = {options.board};
  claim.verdict = Verdict::proven;
  std::uint64_t accesses = 0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    accesses += steps[s].accesses.high;
    explain(claim, program, s, steps[s]);
  }
  claim.findings.insert(claim.findings.begin(),
                        std::to_string(accesses) + " accesses in " + std::to_string(steps.size()) + " steps");
  return claim;
}

Claim stack_claim(const ProofOptions& options) {
  Claim claim{"stack", "a prediction's stack has a bound, and no function calls itself or through a pointer"};
  if (std::string what = missing(options, false); !what.empty()) return not_run(claim, what);
  if (!run(options, "stack"))
    return not_run(claim, "it did not compile or link for " + options.board + ": what was said stands above");
  claim.kernels = {options.board};
  const std::string text = read_text(options.folder / "stack.log");
  claim.verdict = text.find("check_stack: ") == std::string::npos ? Verdict::proven : Verdict::unproven;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    // Deeper lines are the chain of calls.
    if (!line.empty() && line[0] != ' ') claim.findings.push_back(line.substr(0, line.find(", budget")));
  }
  return claim;
}

std::string core_compiler(const ProofOptions& options) {
  if (!missing(options, true).empty() || !run(options, "core_compiler")) return "";
  const std::string text = read_text(options.folder / "core_compiler.log");
  return text.substr(0, text.find('\n'));
}

}  // namespace etch::host
