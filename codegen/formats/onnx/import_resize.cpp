// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/windows.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace etch::host::onnx {

namespace {

/// One axis of a resize.
struct Axis {
  int in = 1, out = 1;
  double scale = 1;  ///< results to an input
};

/// Where an output lies among the inputs. Runtimes differ in what the corners are aligned with where a scale
/// gives no whole number of places.
double place(const Context& c, const Axis& a, int o, const std::string& mode) {
  if (mode == "asymmetric") return o / a.scale;
  if (mode == "align_corners" && std::fabs(a.in * a.scale - a.out) > 1e-3)
    c.refuse("aligns corners by a scale that gives no whole number of places: export it with sizes");
  if (mode == "align_corners") return a.out > 1 ? static_cast<double>(o) * (a.in - 1) / (a.out - 1) : 0;
  if (mode == "pytorch_half_pixel" && a.out <= 1) return 0;
  if (mode == "tf_half_pixel_for_nn") return (o + 0.5) / a.scale;
  if (mode != "half_pixel" && mode != "pytorch_half_pixel")
    c.refuse("has the coordinates '" + mode + "', which are not supported");
  return (o + 0.5) / a.scale - 0.5;
}

std::int32_t nearest(const Context& c, double at, const std::string& mode) {
  if (mode == "floor") return static_cast<std::int32_t>(std::floor(at));
  if (mode == "ceil") return static_cast<std::int32_t>(std::ceil(at));
  if (mode == "round_prefer_ceil") return static_cast<std::int32_t>(std::floor(at + 0.5));
  if (mode != "round_prefer_floor") c.refuse("rounds by '" + mode + "', which is not supported");
  return static_cast<std::int32_t>(std::ceil(at - 0.5));
}

struct Modes {
  bool linear = false;
  std::string coordinates, rounding;
};

std::vector<std::int32_t> table(const Context& c, const Axis& a, const Modes& modes) {
  std::vector<std::int32_t> table;
  for (int o = 0; o < a.out; ++o) {
    const double at = place(c, a, o, modes.coordinates);
    if (!modes.linear) {
      table.push_back(std::clamp(nearest(c, at, modes.rounding), 0, a.in - 1));
      continue;
    }
    const double inside = std::clamp<double>(at, 0, a.in - 1);
    const int low = static_cast<int>(std::floor(inside)), high = std::min(low + 1, a.in - 1);
    table.insert(table.end(), {low, high, std::bit_cast<std::int32_t>(static_cast<float>(inside - low))});
  }
  return table;
}

std::vector<double> scales_of(Context& c, std::size_t rank) {
  if (c.node().op == "Upsample" && c.opset() < 9) {
    const FileAttribute* const a = c.node().attribute("scales");
    if (!a || a->kind != FileAttribute::Kind::reals) c.refuse("is damaged: it has no scales");
    return a->reals;
  }
  const int i = c.node().op == "Upsample" || c.opset() < 11 ? 1 : 2;
  if (!c.has_input(i)) return {};
  const Array& array = c.constant(i, "scales");
  c.require(array.elements() <= static_cast<std::int64_t>(rank),
            "is damaged: its scales do not fit its input");
  return reals(array);
}

std::vector<Axis> axes_of(Context& c, const Dims& dims) {
  const std::vector<double> scales = scales_of(c, dims.size());
  std::vector<std::int64_t> sizes;
  if (scales.empty() && c.has_input(3)) sizes = c.whole_numbers(3, "sizes");
  std::vector<std::int64_t> which;
  if (const auto listed = c.list("axes"); listed && c.opset() >= 18)
    which = *listed;
  else
    for (std::size_t i = 0; i < dims.size(); ++i) which.push_back(static_cast<std::int64_t>(i));
  c.require(std::max(scales.size(), sizes.size()) == which.size(),
            "is damaged: its scales do not fit its input");
  std::vector<Axis> axes;
  for (const std::int64_t extent : dims)
    axes.push_back({static_cast<int>(extent), static_cast<int>(extent), 1});
  for (std::size_t i = 0; i < which.size(); ++i) {
    Axis& a = axes[static_cast<std::size_t>(c.axis_of(which[i], dims.size()))];
    const double out = scales.empty() ? static_cast<double>(sizes[i]) : std::floor(a.in * scales[i]);
    c.require(out >= 1 && out <= 1 << 16,
              "has a result that is empty, or has more than 65,536 places along an axis");
    a.out = static_cast<int>(out);
    a.scale = scales.empty() ? out / a.in : scales[i];
    c.require(std::isfinite(a.scale) && a.scale > 0, "is damaged: its scales are no positive numbers");
  }
  return axes;
}

/// Whether an axis is resized as every runtime agrees on: by half-pixel centres, without a table.
bool by_centres(const Axis& a, const Modes& modes) {
  const bool centred =
      modes.coordinates == "half_pixel" || (modes.coordinates == "pytorch_half_pixel" && a.out > 1);
  return (centred && a.scale == static_cast<double>(a.out) / a.in) || (a.in == 1 && a.out == 1);
}

/// Between neighbours: of images and series.
Live interpolated(Context& c, const Live& from, const std::vector<Axis>& axes, const Modes& modes) {
  for (std::size_t i = 0; i < axes.size(); ++i)
    c.require(i >= 2 || axes[i].in == axes[i].out, "resizes its batch or channels, which is not supported");
  c.require(axes.size() == 3 || axes.size() == 4, "has not one or two spatial axes");
  const Live x = c.channels_last(from);
  const Axis one, &rows = axes.size() == 4 ? axes[2] : one, &columns = axes.back();
  const int channels = axes[1].in;
  const auto linear = kernels::ResizeKind::bilinear;
  const kernels::Resample resample{linear, rows.in, columns.in, channels, rows.out, columns.out};
  const kernels::ResizeTo resize{linear, rows.in, columns.in, channels, rows.out, columns.out};
  Dims dims;
  for (const Axis& a : axes) dims.push_back(a.out);
  c.require(elements_of(dims) > 0, "has a result that no array has room for");
  const bool centres = by_centres(rows, modes) && by_centres(columns, modes);
  std::vector<ConstantArray> tables;
  if (!centres)
    for (const Axis* a : {&rows, &columns})
      tables.push_back(constant_of(table(c, *a, modes), ElementType::i32));
  const Tensor y = c.add_repeated(axes[0].in, centres ? op_code<ops::ResizeTo> : op_code<ops::Resample>,
                                  centres ? pack(resize) : pack(resample), {rows.in, columns.in, channels},
                                  {rows.out, columns.out, channels}, ElementType::real, x.tensor, tables);
  Live result = last_result(x, dims, y);
  return c.reshaped(result, dims);
}

}  // namespace

void import_resize(Context& c) {
  Live x = c.stored(0);
  const std::string mode = c.text("mode", "nearest");
  c.require(mode == "nearest" || mode == "linear" || mode == "bilinear",
            "interpolates in a way that is not supported");
  c.require(c.integer("antialias", 0) == 0 && c.text("keep_aspect_ratio_policy", "stretch") == "stretch",
            "smooths, or keeps the ratio of its sides, which is not supported");
  const bool early = c.node().op == "Upsample" || c.opset() < 11;
  const Modes modes{mode != "nearest",
                    c.text("coordinate_transformation_mode", early ? "asymmetric" : "half_pixel"),
                    c.text("nearest_mode", early ? "floor" : "round_prefer_floor")};
  const std::vector<Axis> axes = axes_of(c, x.dims);
  if (modes.linear) return c.define(interpolated(c, c.as_real(x), axes, modes));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::vector<std::int32_t> places = table(c, axes[i], modes);
    bool same = axes[i].in == axes[i].out;
    for (std::size_t k = 0; k < places.size(); ++k) same = same && places[k] == static_cast<int>(k);
    if (!same) x = taken_along(c, x, static_cast<int>(i), places);
  }
  c.define(x);
}

}  // namespace etch::host::onnx
