// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/names.hpp>
#include <runtime/boards/cycles/report.hpp>

#include <algorithm>
#include <cstdio>

namespace etch::cycles {
namespace {

constexpr int name_width = 40;

std::string padded(std::string text, int width) {
  if (text.size() < static_cast<std::size_t>(width))
    text.append(static_cast<std::size_t>(width) - text.size(), ' ');
  return text;
}

std::string right(const std::string& text, int width) {
  const std::size_t room = static_cast<std::size_t>(width);
  return text.size() < room ? std::string(room - text.size(), ' ') + text : text;
}

/// 5316702 is "5,316,702".
std::string number(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string ratio(std::uint64_t a, std::uint64_t b, int digits) {
  return b == 0 ? "-" : decimal(static_cast<double>(a) / static_cast<double>(b), digits);
}

std::string percent(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? "-" : decimal(100.0 * static_cast<double>(part) / static_cast<double>(all), 1) + " %";
}

/// Rounds to the nearest.
std::uint64_t of_one(std::uint64_t sum, std::uint64_t calls) {
  return calls == 0 ? 0 : (sum + calls / 2) / calls;
}

// Causes with a column of their own in the lists of functions and steps; the rest is in the cycles alone.
constexpr std::array<Cause, 5> columns{Cause::memory, Cause::result, Cause::branch, Cause::fetch,
                                       Cause::data};

std::string columns_head() {
  std::string text = right("cycles", 13) + right("share", 9) + right("instructions", 14) + right("CPI", 6);
  for (const Cause cause : columns) text += right(cause_names[static_cast<std::size_t>(cause)].head, 12);
  return text;
}

std::string columns_of(const Counts& counts, std::uint64_t all, std::uint64_t calls) {
  std::string text = right(number(of_one(counts.cycles(), calls)), 13) +
                     right(percent(counts.cycles(), all), 9) +
                     right(number(of_one(counts.instructions, calls)), 14) +
                     right(ratio(counts.cycles(), counts.instructions, 2), 6);
  for (const Cause cause : columns)
    text += right(number(of_one(counts.spent[static_cast<std::size_t>(cause)], calls)), 12);
  return text;
}

void add(Counts& sum, const Counts& counts) {
  sum.instructions += counts.instructions;
  for (std::size_t i = 0; i < causes; ++i) sum.spent[i] += counts.spent[i];
}

std::string summary(const Measured& m, const Parameters& parameters) {
  std::string text = parameters.roi + ": " + number(of_one(m.total.cycles(), m.calls)) + " cycles, " +
                     number(of_one(m.total.instructions, m.calls)) + " instructions, " +
                     ratio(m.total.cycles(), m.total.instructions, 3) + " cycles an instruction\n";
  if (m.calls > 1)
    text += "on average of " + number(m.calls) + " calls; the least " + number(m.least.cycles) +
            ", the most " + number(m.most.cycles) + "\n";
  if (m.unfinished) text += "the program ended within the last call, which counts as far as it came\n";
  return text + "Cortex-M4, flash: " + flash_text(parameters.flash) + "\n";
}

std::string spent(const Measured& m) {
  static constexpr std::array<const char*, causes> meanings{
      "the first cycle of each instruction", "the others of divisions and floating-point arithmetic",
      "the others of loads and stores",      "waiting for what was just computed or loaded",
      "accesses that are not aligned",       "filling the pipeline after branches",
      "waiting for flash: instructions",     "waiting for flash: constants and weights"};
  std::string text = "\n" + padded("cycles go to", 14) + right("cycles", 13) + right("share", 9) + "\n";
  for (std::size_t i = 0; i < causes; ++i)
    text += padded(cause_names[i].head, 14) + right(number(of_one(m.total.spent[i], m.calls)), 13) +
            right(percent(m.total.spent[i], m.total.cycles()), 9) + "  " + meanings[i] + "\n";
  return text;
}

std::string functions_of(const Measured& m, const Parameters& parameters) {
  std::string text = "\n" + padded("function", name_width) + right("at", 10) + columns_head() + "\n";
  const std::size_t shown = std::min(m.functions.size(), static_cast<std::size_t>(parameters.top));
  for (std::size_t i = 0; i < shown; ++i) {
    const FunctionCounts& function = *m.functions[i];
    char at[16];
    std::snprintf(at, sizeof at, "%x", static_cast<unsigned>(function.address));
    text += padded(readable_name(function.symbol).substr(0, name_width - 1), name_width) + right(at, 10) +
            columns_of(function.counts, m.total.cycles(), m.calls) + "\n";
  }
  Counts others;
  for (std::size_t i = shown; i < m.functions.size(); ++i) add(others, m.functions[i]->counts);
  if (shown < m.functions.size())
    text += padded(number(m.functions.size() - shown) + " others", name_width + 10) +
            columns_of(others, m.total.cycles(), m.calls) + "\n";
  return text;
}

std::string extents(const std::array<int, 4>& shape) {
  std::string text = std::to_string(shape[0]);
  for (std::size_t i = 1; i < shape.size() && shape[i] != 0; ++i) text += "x" + std::to_string(shape[i]);
  return text;
}

std::string steps_of(const Measured& m) {
  if (m.unknown_step) return "\nsteps say nothing of themselves: link profile.c\n";
  if (m.steps.empty()) return "";
  std::string text = "\n" + padded("   # op", 40) + padded("in", 12) + padded("out", 12) + columns_head() +
                     right("a MAC", 8) + "\n";
  Counts outside = m.total;
  for (const StepCounts* step : m.steps) {
    text += right(std::to_string(step->record.index), 4) + " " + padded(step->record.op.substr(0, 34), 35) +
            padded(extents(step->record.in), 12) + padded(extents(step->record.out), 12) +
            columns_of(step->counts, m.total.cycles(), m.calls) +
            right(ratio(step->counts.cycles(), step->record.macs * step->runs, 2), 8) + "\n";
    outside.instructions -= step->counts.instructions;
    for (std::size_t i = 0; i < causes; ++i) outside.spent[i] -= step->counts.spent[i];
  }
  return text + padded("     between steps", 64) + columns_of(outside, m.total.cycles(), m.calls) + "\n";
}

std::string cache_text(int lines, int line_bytes, const char* what) {
  if (lines == 0) return std::string("no cache of ") + what;
  return "a cache of " + std::to_string(lines) + " x " + std::to_string(line_bytes) + " bytes of " + what;
}

}  // namespace

const char* prefetch_name(Prefetch prefetch) {
  switch (prefetch) {
    case Prefetch::off:
      return "off";
    case Prefetch::buffered:
      return "buffered";
    case Prefetch::cached:
      return "cached";
  }
  return "";
}

std::string flash_text(const FlashParameters& flash) {
  if (flash.wait_states == 0 && flash.data_wait_states == 0) return "no wait states";
  std::string text = std::to_string(flash.wait_states) + " wait states";
  if (flash.data_wait_states != flash.wait_states)
    text += ", " + std::to_string(flash.data_wait_states) + " of data";
  return text + ", reads of " + std::to_string(flash.read_bytes) + " bytes, " +
         cache_text(flash.instruction_lines, flash.line_bytes, "instructions") + ", " +
         cache_text(flash.data_lines, flash.line_bytes, "data") + ", prefetch " +
         prefetch_name(flash.prefetch);
}

std::string table_of(const Measured& measured, const Parameters& parameters) {
  return summary(measured, parameters) + spent(measured) + functions_of(measured, parameters) +
         steps_of(measured);
}

}  // namespace etch::cycles
