// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/names.hpp>
#include <runtime/boards/cycles/report.hpp>

#include <cstdio>

namespace etch::cycles {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      result += code;
    } else {
      result += c;
    }
  }
  return result + '"';
}

template <class Number>
std::string pair_of(const char* key, Number value) {
  return quoted(key) + ": " + std::to_string(value);
}

std::string counts_of(const Counts& counts) {
  std::string text = pair_of("cycles", counts.cycles()) + ", " +
                     pair_of("instructions", counts.instructions) + ", \"spent\": {";
  for (std::size_t i = 0; i < causes; ++i)
    text += (i == 0 ? "" : ", ") + pair_of(cause_names[i].key, counts.spent[i]);
  return text + "}";
}

std::string call_of(const CallCounts& call) {
  return "{" + pair_of("cycles", call.cycles) + ", " + pair_of("instructions", call.instructions) + "}";
}

std::string function_of(const FunctionCounts& function) {
  return "{\"name\": " + quoted(readable_name(function.symbol)) + ", \"symbol\": " + quoted(function.symbol) +
         ", " + pair_of("address", function.address) + ", " + counts_of(function.counts) + "}";
}

std::string extents_of(const std::array<int, 4>& extents) {
  std::string text = "[";
  for (std::size_t i = 0; i < extents.size() && (i == 0 || extents[i] != 0); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(extents[i]);
  return text + "]";
}

std::string step_of(const StepCounts& step) {
  return "{" + pair_of("index", step.record.index) + ", \"op\": " + quoted(step.record.op) +
         ", \"in\": " + extents_of(step.record.in) + ", \"out\": " + extents_of(step.record.out) + ", " +
         pair_of("macs", step.record.macs) + ", " + pair_of("runs", step.runs) + ", " +
         counts_of(step.counts) + "}";
}

template <class Items, class Function>
std::string list_of(const char* key, const Items& items, Function text_of) {
  std::string text = "  " + quoted(key) + ": [";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "\n    " : ",\n    ") + text_of(*items[i]);
  return text + (items.empty() ? "]" : "\n  ]");
}

std::string flash_of(const FlashParameters& flash) {
  return "{" + pair_of("wait_states", flash.wait_states) + ", " +
         pair_of("data_wait_states", flash.data_wait_states) + ", " +
         pair_of("read_bytes", flash.read_bytes) + ", " + pair_of("line_bytes", flash.line_bytes) + ", " +
         pair_of("instruction_lines", flash.instruction_lines) + ", " +
         pair_of("data_lines", flash.data_lines) +
         ", \"prefetch\": " + quoted(prefetch_name(flash.prefetch)) + "}";
}

}  // namespace

std::string json_of(const Measured& measured, const Parameters& parameters) {
  std::string text = "{\n  \"core\": \"Cortex-M4\",\n  \"elf\": " + quoted(parameters.elf) +
                     ",\n  \"roi\": " + quoted(parameters.roi) +
                     ",\n  \"flash\": " + flash_of(parameters.flash) + ",\n  " +
                     pair_of("calls", measured.calls) + ",\n  \"unfinished\": ";
  text += measured.unfinished ? "true" : "false";
  text += ",\n  \"total\": {" + counts_of(measured.total) + "},\n  \"least\": " + call_of(measured.least) +
          ",\n  \"most\": " + call_of(measured.most) + ",\n";
  return text + list_of("functions", measured.functions, function_of) + ",\n" +
         list_of("steps", measured.steps, step_of) + "\n}\n";
}

}  // namespace etch::cycles
