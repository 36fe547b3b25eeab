// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/mistake.hpp>
#include <runtime/boards/cycles/parameters.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <set>

namespace etch::cycles {
namespace {

struct Number {
  std::string_view name;
  int least, most;
  bool power_of_two;
};
constexpr int most_line_bytes = 256;
constexpr std::array<Number, 7> numbers{{{"wait_states", 0, 15, false},
                                         {"data_wait_states", 0, 15, false},
                                         {"read_bytes", 4, most_line_bytes, true},
                                         {"line_bytes", 4, most_line_bytes, true},
                                         {"instruction_lines", 0, 4096, false},
                                         {"data_lines", 0, 4096, false},
                                         {"top", 0, 10000, false}}};
constexpr std::string_view all_names =
    "elf, roi, table, json, top, wait_states, data_wait_states, read_bytes, line_bytes, instruction_lines, "
    "data_lines, "
    "prefetch";

std::string quoted(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + std::string(value);
}

int parse_number(const Number& number, std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && value >= number.least && value <= number.most &&
      (!number.power_of_two || (value & (value - 1)) == 0))
    return value;
  throw Mistake(quoted(number.name, text) + ": " + (number.power_of_two ? "a power of two" : "a number") +
                " from " + std::to_string(number.least) + " to " + std::to_string(number.most) +
                " is allowed");
}

Prefetch parse_prefetch(std::string_view text) {
  if (text == "cached") return Prefetch::cached;
  if (text == "buffered") return Prefetch::buffered;
  if (text == "off") return Prefetch::off;
  throw Mistake(quoted("prefetch", text) + ": cached, buffered or off is allowed");
}

int& member(Parameters& parameters, std::string_view name) {
  FlashParameters& flash = parameters.flash;
  if (name == "wait_states") return flash.wait_states;
  if (name == "data_wait_states") return flash.data_wait_states;
  if (name == "read_bytes") return flash.read_bytes;
  if (name == "line_bytes") return flash.line_bytes;
  if (name == "instruction_lines") return flash.instruction_lines;
  if (name == "data_lines") return flash.data_lines;
  return parameters.top;
}

std::string* text_member(Parameters& parameters, std::string_view name) {
  if (name == "elf") return &parameters.elf;
  if (name == "roi") return &parameters.roi;
  if (name == "table") return &parameters.table;
  if (name == "json") return &parameters.json;
  return nullptr;
}

void set(Parameters& parameters, std::string_view name, std::string_view value) {
  if (std::string* text = text_member(parameters, name)) {
    if (value.empty()) throw Mistake(quoted(name, value) + ": a name is needed");
    *text = value;
    return;
  }
  if (name == "prefetch") {
    parameters.flash.prefetch = parse_prefetch(value);
    return;
  }
  for (const Number& number : numbers)
    if (number.name == name) {
      member(parameters, name) = parse_number(number, value);
      return;
    }
  throw Mistake("there is no parameter '" + std::string(name) + "'; there are: " + std::string(all_names));
}

}  // namespace

Parameters parse_parameters(std::span<const std::string_view> texts) {
  Parameters parameters;
  std::set<std::string_view> given;
  for (const std::string_view text : texts) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, equals);
    if (!given.insert(name).second) throw Mistake("the parameter '" + std::string(name) + "' is given twice");
    set(parameters, name, text.substr(std::min(equals + 1, text.size())));
  }
  FlashParameters& flash = parameters.flash;
  if (!given.contains("data_wait_states")) flash.data_wait_states = flash.wait_states;
  if (!given.contains("line_bytes")) flash.line_bytes = flash.read_bytes;
  if (flash.line_bytes < flash.read_bytes || flash.line_bytes / flash.read_bytes > 64)
    throw Mistake("line_bytes=" + std::to_string(flash.line_bytes) + ": from read_bytes, which is " +
                  std::to_string(flash.read_bytes) + ", to 64 times that is allowed");
  if (parameters.elf.empty()) throw Mistake("elf= is needed: the file of the program that runs");
  return parameters;
}

}  // namespace etch::cycles
