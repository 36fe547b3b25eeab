// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace etch::host::tflite {

namespace {

/// Along an axis: a table has up to three numbers for each.
constexpr int most_pixels = 1 << 16;

/// One axis of a resize.
struct ResizedAxis {
  int in = 1, out = 1;
  bool align_corners = false, half_pixel_centers = false;

  bool aligned() const { return align_corners && out > 1; }
};

/// Inputs to an output along an axis, in float as the reference computes it.
float scale_of(const ResizedAxis& a) {
  return a.aligned() ? static_cast<float>(a.in - 1) / static_cast<float>(a.out - 1)
                     : static_cast<float>(a.in) / static_cast<float>(a.out);
}

std::vector<std::int32_t> nearest(const ResizedAxis& a) {
  std::vector<std::int32_t> places;
  for (int o = 0; o < a.out; ++o) {
    const float at = (static_cast<float>(o) + (a.half_pixel_centers ? 0.5f : 0.0f)) * scale_of(a);
    places.push_back(
        std::clamp(static_cast<int>(a.align_corners ? std::round(at) : std::floor(at)), 0, a.in - 1));
  }
  return places;
}

std::vector<std::int32_t> between_floats(const ResizedAxis& a) {
  std::vector<std::int32_t> places;
  for (int o = 0; o < a.out; ++o) {
    const float at = a.half_pixel_centers ? (static_cast<float>(o) + 0.5f) * scale_of(a) - 0.5f
                                          : static_cast<float>(o) * scale_of(a);
    const int low = std::clamp(static_cast<int>(std::floor(at)), 0, a.in - 1);
    const int high = std::clamp(static_cast<int>(std::ceil(at)), low, a.in - 1);
    places.insert(places.end(), {low, high, std::bit_cast<std::int32_t>(at - static_cast<float>(low))});
  }
  return places;
}

/// In 1/1024 of an input, all in whole numbers. Between an input and itself every share gives the same.
std::vector<std::int32_t> between_integers(const ResizedAxis& a) {
  const std::int64_t in = a.in, out = a.out;
  const std::int64_t scale =
      a.aligned() ? (1024 * (in - 1) + (out - 1) / 2) / (out - 1) : (1024 * in + out / 2) / out;
  std::vector<std::int32_t> places;
  for (std::int64_t o = 0; o < out; ++o) {
    const std::int64_t at = o * scale + (a.half_pixel_centers ? scale / 2 - 512 : 0);
    const std::int64_t low = std::clamp<std::int64_t>(at / 1024, 0, in - 1);
    const std::int64_t high = std::clamp<std::int64_t>((at + 1023) / 1024, low, in - 1);
    const std::int64_t share = low == high ? 0 : at - 1024 * low;
    places.insert(places.end(), {static_cast<std::int32_t>(low), static_cast<std::int32_t>(high),
                                 static_cast<std::int32_t>(share)});
  }
  return places;
}

/// Whether every input is repeated as often as the others: then no table is needed.
bool repeats(const std::vector<std::int32_t>& places, const ResizedAxis& a) {
  if (a.out % a.in != 0) return false;
  for (int o = 0; o < a.out; ++o)
    if (places[static_cast<std::size_t>(o)] != o / (a.out / a.in)) return false;
  return true;
}

}  // namespace

void import_resize(Context& c) {
  const ElementType type = c.common_type(1);
  const bool integers = type != ElementType::real;
  const bool is_nearest = c.op().kind == OperatorKind::resize_nearest_neighbor;
  const FileTensor &x = c.input(0), &y = c.output();
  const FileOptions& o = c.options();
  c.require(x.shape.size() == 4 && y.shape.size() == 4 && x.shape[0] == 1 && y.shape[0] == 1 &&
                x.shape[3] == y.shape[3],
            "needs tensors of 4 extents, a batch of one and as many channels as it gives");
  const std::vector<int> size = c.small_numbers(1);
  c.require(size == std::vector<int>{y.shape[1], y.shape[2]},
            "is damaged: its result has another shape than it computes");
  for (const std::size_t axis : {1, 2})
    c.require(x.shape[axis] <= most_pixels && y.shape[axis] <= most_pixels,
              "has more than 65,536 pixels along an axis");
  c.require(is_nearest || !(o.align_corners && o.half_pixel_centers),
            "has both aligned corners and half pixel centres, which contradict");
  if (integers) c.require_same_quantization(x, y);
  const ResizedAxis vertical{x.shape[1], y.shape[1], o.align_corners, o.half_pixel_centers};
  const ResizedAxis horizontal{x.shape[2], y.shape[2], o.align_corners, o.half_pixel_centers};
  const auto places = [&](const ResizedAxis& a) {
    return is_nearest ? nearest(a) : integers && !x.shifted ? between_integers(a) : between_floats(a);
  };
  const std::vector<std::int32_t> rows = places(vertical), columns = places(horizontal);
  const Tensor in = c.value(0);
  const Shape out{vertical.out, horizontal.out, y.shape[3]};
  if (is_nearest && repeats(rows, vertical) && repeats(columns, horizontal)) {
    const kernels::Resize resize{
        kernels::ResizeKind::nearest,  vertical.in, horizontal.in, y.shape[3], vertical.out / vertical.in,
        horizontal.out / horizontal.in};
    return c.define(c.add_step(op_code<ops::Resize>, pack(resize), out, type, {&in, 1}));
  }
  if (o.half_pixel_centers && !o.align_corners && (is_nearest || !integers)) {
    const kernels::ResizeTo resize{is_nearest ? kernels::ResizeKind::nearest : kernels::ResizeKind::bilinear,
                                   vertical.in,
                                   horizontal.in,
                                   y.shape[3],
                                   vertical.out,
                                   horizontal.out};
    return c.define(c.add_step(op_code<ops::ResizeTo>, pack(resize), out, type, {&in, 1}));
  }
  const kernels::Resample resample{is_nearest ? kernels::ResizeKind::nearest : kernels::ResizeKind::bilinear,
                                   vertical.in,
                                   horizontal.in,
                                   y.shape[3],
                                   vertical.out,
                                   horizontal.out,
                                   x.shifted && !is_nearest ? 1 : 0};
  c.define(c.add_step(op_code<ops::Resample>, pack(resample), out, type, {&in, 1},
                      {constant_of(rows, ElementType::i32), constant_of(columns, ElementType::i32)}));
}

}  // namespace etch::host::tflite
