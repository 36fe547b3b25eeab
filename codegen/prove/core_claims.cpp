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

std::string counts_text(const CountRange& range) {
  return std::to_string(range.low) + " to " + std::to_string(range.high) + " instructions";
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
  for (std::size_t s = 0; s < log.steps.size() && claim.verdict != Verdict::proven; ++s)
    if (log.steps[s].spread() > log.tick)
      claim.findings.push_back("step " + std::to_string(s) + " (" +
                               visit_op(program.graph.steps[static_cast<int>(s)].op,
                                        [](auto op) { return std::string(decltype(op)::name); }) +
                               ") takes " + counts_text(log.steps[s]));
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
