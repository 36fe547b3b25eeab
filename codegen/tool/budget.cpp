// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/report/memory_map.hpp>
#include <codegen/report/memory_text.hpp>
#include <codegen/report/operator_costs.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/budget.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <charconv>

namespace etch::tool {

namespace {

struct Limit {
  long long bytes = -1;  ///< negative: none
  std::string giver;     ///< "<board> has" or "<option> allows"
};

Limit limit_of(std::int64_t told, const host::Board* board, long long has, const char* option) {
  if (told > 0) return {told, std::string(option) + " allows"};
  if (!board) return {};
  return {has, std::string(board->title) + " has"};
}

bool is_real(const host::ImportedModel& model) {
  const auto& g = *model.graph;
  return std::ranges::all_of(
      g.steps, [&](const Step& step) { return g.values[g.result(step)].type == ElementType::real; });
}

std::string bytes_text(long long bytes) { return host::grouped(bytes) + " bytes"; }

/// The RAM of the same model made in another way.
long long ram_with(const BudgetCase& model, const std::string& board, bool ends_in_arena) {
  const kernels::KernelSets sets = host::kernels_of(board);
  const host::ImportedModel prepared = host::prepare(*model.read, sets);
  return host::memory_of(*host::program_of(prepared, ends_in_arena, true, sets)).ram();
}

/// A list of ways to fewer bytes, each with what it comes to.
class Ways {
 public:
  Ways(long long needs, long long limit) : needs_(needs), limit_(limit) {}
  /// \param about "about " where bytes are estimated
  void offer(const std::string& way, long long bytes, const char* about = "") {
    if (bytes < needs_)
      text_ += (text_.empty() ? "" : ", ") + way + " (" + about + bytes_text(bytes) +
               (bytes > limit_ ? ", still too many)" : ")");
  }
  std::string text_or(const char* otherwise) const { return text_.empty() ? otherwise : text_; }

 private:
  long long needs_, limit_;
  std::string text_;
};

/// Ways to less RAM that are measured by planning again, or estimated where samples are needed.
std::string help_for_ram(const BudgetCase& model, long long needs, long long limit) {
  Ways ways(needs, limit);
  if (!model.ends_in_arena) ways.offer("--ends-in-arena", ram_with(model, model.board, true));
  const host::Board* const sold = host::find_board(model.board);
  const std::string target = sold ? sold->target : model.board;
  if (target == "m4" || target == "m7")
    ways.offer("the size mode, --board " + target + "-size" + (model.ends_in_arena ? "" : " --ends-in-arena"),
               ram_with(model, target + "-size", true));
  if (is_real(*model.read)) ways.offer("--int8 with --calibrate", needs / 4, "about ");
  return ways.text_or("a model with smaller results");
}

/// The same of flash.
std::string help_for_flash(const BudgetCase& model, long long needs, long long limit) {
  Ways ways(needs, limit);
  if (is_real(*model.read)) {
    ways.offer("--int8 with --calibrate", needs / 4, "about ");
    if (needs / 4 > limit) ways.offer("beside that --weights int4", needs / 8, "about ");
  } else if (host::may_narrow_weights(*model.read)) {
    const kernels::KernelSets sets = host::kernels_of(model.board);
    const host::ImportedModel narrow = host::prepare(host::narrow_weights(*model.read, {}), sets);
    ways.offer("--weights int4",
               host::memory_of(*host::program_of(narrow, model.ends_in_arena, true, sets)).weights);
  }
  return ways.text_or("a model with fewer filters");
}

/// The operator with the most bytes of weights.
std::string heaviest(const host::ImportedModel& model) {
  const auto costs = host::operator_costs(model);
  const auto most = std::ranges::max_element(costs, {}, &host::OperatorCost::bytes);
  const auto at = static_cast<std::size_t>(most - costs.begin());
  if (at >= model.operators.size()) return {};
  return "; operator " + std::to_string(model.operators[at].index) + " (" + model.operators[at].kind +
         ") has the most, " + bytes_text(most->bytes);
}

std::string over(const host::ImportedModel& model, const char* what, long long needs, const Limit& limit) {
  return "'" + model.name + "' needs " + bytes_text(needs) + " of " + what + ", and " + limit.giver + " " +
         host::grouped(limit.bytes) + ": " + host::grouped(needs - limit.bytes) + " too many";
}

}  // namespace

std::int64_t bytes_in(const std::string& text, const char* option) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const std::string unit(read.ptr, end);
  const std::int64_t factor = unit.empty() ? 1 : unit == "K" ? 1 << 10 : unit == "M" ? 1 << 20 : 0;
  if (read.ec != std::errc() || number < 1 || factor == 0 || number > (std::int64_t{1} << 40))
    throw Error(std::string(option) + " takes bytes, such as 65536, 64K or 1M, not '" + text + "'");
  return number * factor;
}

void add_budget_options(CLI::App& command, BudgetOptions& options) {
  command.add_option_function<std::string>(
      "--ram", [&options](const std::string& text) { options.ram = bytes_in(text, "--ram"); },
      "Bytes of RAM that the model may take (64K is 65,536), instead of all that the board has");
  command.add_option_function<std::string>(
      "--flash", [&options](const std::string& text) { options.flash = bytes_in(text, "--flash"); },
      "The same of flash, for its weights");
}

void check_budget(const BudgetOptions& options, const BudgetCase& model) {
  const host::Board* const board = host::find_board(model.board);
  const Limit flash = limit_of(options.flash, board, board ? board->flash : 0, "--flash"),
              ram = limit_of(options.ram, board, board ? board->ram : 0, "--ram");
  const host::MemoryBytes need = host::memory_of(*model.program);
  std::string text;
  if (ram.bytes >= 0 && need.ram() > ram.bytes) {
    const host::MemoryMap map = host::memory_map(*model.program);
    text = over(*model.prepared, "RAM", need.ram(), ram);
    if (map.peak >= 0)
      text += "; " + host::step_text(*model.prepared, *model.program, map.peak) + " needs the most, " +
              bytes_text(map.occupied[static_cast<std::size_t>(map.peak)]) + " of the arena's " +
              host::grouped(model.program->plan.arena_bytes);
    text += "; what would help: " + help_for_ram(model, need.ram(), ram.bytes);
  }
  if (flash.bytes >= 0 && need.weights > flash.bytes) {
    text += (text.empty() ? "" : "\n") + over(*model.prepared, "flash for its weights", need.weights, flash) +
            heaviest(*model.prepared) +
            "; what would help: " + help_for_flash(model, need.weights, flash.bytes);
  }
  if (!text.empty()) throw Error(text);
}

}  // namespace etch::tool
