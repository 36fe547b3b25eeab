// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/real_numbers.hpp>
#include <codegen/model/constant_array.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace etch::host::tflite {

namespace {

std::vector<std::int64_t> whole_numbers(const FileTensor& t) {
  const auto widened = [](const auto& numbers) {
    return std::vector<std::int64_t>(numbers.begin(), numbers.end());
  };
  switch (t.kind) {
    case ElementKind::int8:
      return widened(numbers_in<std::int8_t>(t.data));
    case ElementKind::uint8:
      return widened(numbers_in<std::uint8_t>(t.data));
    case ElementKind::int16:
      return widened(numbers_in<std::int16_t>(t.data));
    case ElementKind::int32:
      return widened(numbers_in<std::int32_t>(t.data));
    default:
      return numbers_in<std::int64_t>(t.data);
  }
}

bool has_scales(const FileTensor& t) {
  if (t.scale_count() < 1) return false;
  for (int i = 0; i < t.scale_count(); ++i)
    if (!std::isfinite(t.scale(i)) || t.scale(i) <= 0 || t.zero_point(i) < -(1 << 24) ||
        t.zero_point(i) > 1 << 24)
      return false;
  return true;
}

/// How many numbers follow each other with one scale; none where the scales do not fit the shape.
std::optional<std::size_t> run_of_a_scale(const FileTensor& t) {
  if (t.scale_count() == 1 || t.scale_count() == t.elements()) return 1;
  const auto axis = static_cast<std::size_t>(t.quantized_dimension);
  if (t.quantized_dimension < 0 || axis >= t.shape.size() || t.shape[axis] != t.scale_count()) return {};
  std::size_t run = 1;
  for (std::size_t i = axis + 1; i < t.shape.size(); ++i) run *= static_cast<std::size_t>(t.shape[i]);
  return run;
}

bool is_stored(const FileTensor& t) {
  switch (t.kind) {
    case ElementKind::int8:
    case ElementKind::uint8:
    case ElementKind::int16:
    case ElementKind::int32:
      return has_scales(t);
    default:
      return t.kind == ElementKind::int64 && t.constant() && has_scales(t);  // biases beside int16
  }
}

std::vector<float> real_numbers(const FileTensor& t, std::size_t run) {
  const std::vector<std::int64_t> stored = whole_numbers(t);
  std::vector<float> real(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const int channel = static_cast<int>(i / run % static_cast<std::size_t>(t.scale_count()));
    real[i] =
        static_cast<float>(double{t.scale(channel)} * static_cast<double>(stored[i] - t.zero_point(channel)));
  }
  return real;
}

void make_constant_real(File& file, FileTensor& t, std::size_t run, WidenedWeights& widened) {
  const std::vector<float> real = real_numbers(t, run);
  const auto bytes = std::as_bytes(std::span(real));
  widened.stored_bytes += static_cast<long long>(t.data.size());
  widened.real_bytes += static_cast<long long>(bytes.size());
  file.made.emplace_back(bytes.begin(), bytes.end());
  t.data = file.made.back();
}

void make_tensor_real(File& file, FileTensor& t, WidenedWeights& widened) {
  const std::optional<std::size_t> run = is_stored(t) ? run_of_a_scale(t) : std::nullopt;
  if (!run) return;
  if (t.constant()) make_constant_real(file, t, *run, widened);
  t.kind = ElementKind::float32;
  t.scales = t.zero_points = {};
  t.narrow = t.shifted = false;
}

/// A real number is one before and after QUANTIZE and DEQUANTIZE: who read the result reads what it is made
/// of.
void take_out_changes(File& file) {
  const auto tensor = [&](int number) -> const FileTensor& {
    return file.tensors[static_cast<std::size_t>(number)];
  };
  const auto real = [&](const std::vector<int>& list) {
    return list.size() == 1 && list[0] >= 0 && tensor(list[0]).kind == ElementKind::float32;
  };
  for (FileOperator& change : file.operators) {
    if (change.kind != OperatorKind::quantize && change.kind != OperatorKind::dequantize) continue;
    if (!real(change.inputs) || !real(change.outputs)) continue;
    for (FileOperator& op : file.operators)
      std::ranges::replace(op.inputs, change.outputs[0], change.inputs[0]);
    std::ranges::replace(file.outputs, change.outputs[0], change.inputs[0]);
    change.merged = true;
  }
}

}  // namespace

std::optional<WidenedWeights> make_real(File& file) {
  const auto is_whole = [](const FileTensor& t) { return !t.constant() && is_stored(t); };
  if (std::ranges::none_of(file.tensors, is_whole)) return {};
  WidenedWeights widened;
  for (FileTensor& t : file.tensors) make_tensor_real(file, t, widened);
  for (auto& [number, graph] : file.called)
    for (FileTensor& t : graph.tensors) make_tensor_real(file, t, widened);
  take_out_changes(file);
  return widened;
}

}  // namespace etch::host::tflite
