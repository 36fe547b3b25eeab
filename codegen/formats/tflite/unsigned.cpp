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

void shift(File& file, FileTensor& t) {
  if (t.kind != ElementKind::uint8) return;
  t.kind = ElementKind::int8;
  t.shifted = true;
  if (t.constant()) {
    std::vector<std::byte> numbers(t.data.begin(), t.data.end());
    for (std::byte& number : numbers) number ^= std::byte{0x80};
    t.data = keep(file, std::move(numbers));
  }
  std::vector<std::int64_t> lower;
  for (int i = 0; i < t.scale_count(); ++i) {
    const std::int64_t place = t.zero_point(i);  // any number of a damaged file, which is looked at when used
    lower.push_back(place >= INT32_MIN ? place - 128 : place);
  }
  const auto bytes = std::as_bytes(std::span(lower));
  if (!lower.empty()) t.zero_points = keep(file, {bytes.begin(), bytes.end()});
}

}  // namespace

void shift_unsigned(File& file) {
  for (FileTensor& t : file.tensors) shift(file, t);
  for (auto& [number, graph] : file.called)
    for (FileTensor& t : graph.tensors) shift(file, t);
}

int8::Table other_sign() {
  return int8::make_table([](std::int32_t x) { return x < 0 ? x + 128 : x - 128; });
}

}  // namespace etch::host::tflite
