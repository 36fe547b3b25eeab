// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/import.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

bool is_ordered(const EndOrder& end) { return std::ranges::is_sorted(end.order); }

std::string last_text(const EndOrder& end) {
  std::string text;
  for (std::size_t i = 2; i < end.dims.size(); ++i) text += std::to_string(end.dims[i]) + "x";
  return text + std::to_string(end.dims[1]);
}

}  // namespace

std::vector<std::string> notes_of(const OnnxModel& model) {
  std::vector<std::string> notes;
  const auto tell = [&](const char* what, const std::vector<EndOrder>& those) {
    for (const EndOrder& end : those)
      if (!is_ordered(end))
        notes.push_back(std::string(what) + " '" + end.name + "' is channels last, " + last_text(end) +
                        ", not " + text_of(end.dims) + " as in ONNX");
  };
  tell("input", model.inputs);
  tell("output", model.outputs);
  const std::string steps = model.moves == 0   ? "no transposition stays"
                            : model.moves == 1 ? "1 transposition stays"
                                               : std::to_string(model.moves) + " transpositions stay";
  notes.push_back(steps + " of those that ONNX's order of axes asks for");
  return notes;
}

}  // namespace etch::host::onnx
