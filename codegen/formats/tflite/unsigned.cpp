// SPDX-License-Identifier: BSL-1.0
// Numbers of uint8 as int8: 128 lower, and so are their zero points.
#include <codegen/formats/tflite/unsigned.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

std::span<const std::byte> keep(File& file, std::vector<std::byte> bytes) {
  file.made.push_back(std::move(bytes));
  return file.made.back();
}

/// Moves the numbers and zero points of a tensor. \param by -128 or 128: of numbers it is the highest bit.
void move_by(File& file, FileTensor& t, int by) {
  if (t.constant()) {
    std::vector<std::byte> numbers(t.data.begin(), t.data.end());
    for (std::byte& number : numbers) number ^= std::byte{0x80};
    t.data = keep(file, std::move(numbers));
  }
  std::vector<std::int64_t> moved;
  for (int i = 0; i < t.scale_count(); ++i) {
    const std::int64_t place = t.zero_point(i);  // any number of a damaged file, which is looked at when used
    moved.push_back(place >= INT32_MIN ? place + by : place);
  }
  const auto bytes = std::as_bytes(std::span(moved));
  if (!moved.empty()) t.zero_points = keep(file, {bytes.begin(), bytes.end()});
}

void shift(File& file, FileTensor& t) {
  if (t.kind != ElementKind::uint8) return;
  t.kind = ElementKind::int8;
  t.shifted = true;
  move_by(file, t, -128);
}

}  // namespace

void shift_unsigned(File& file) {
  for (FileTensor& t : file.tensors) shift(file, t);
  for (auto& [number, graph] : file.called)
    for (FileTensor& t : graph.tensors) shift(file, t);
}

void make_unsigned(File& file) {
  for (FileTensor& t : file.tensors) {
    if (t.kind != ElementKind::int8) continue;
    t.kind = ElementKind::uint8;
    move_by(file, t, 128);
  }
}

int8::Table other_sign() {
  return int8::make_table([](std::int32_t x) { return x < 0 ? x + 128 : x - 128; });
}

}  // namespace etch::host::tflite
