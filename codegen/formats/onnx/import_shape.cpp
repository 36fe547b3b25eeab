// SPDX-License-Identifier: BSL-1.0
// What moves numbers and computes none.
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>

#include <algorithm>
#include <numeric>

namespace etch::host::onnx {

/// Numbers keep their order in memory.
Live sliced(Context& c, const Live& from, const std::vector<Places>& places) {
  Live x = from;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i].count < x.dims[i] || places[i].step != 1) x = c.plain(x, static_cast<int>(i));
  const std::vector<int> strides = x.layout.strides();
  ops::Slice::Attributes slice;
  slice.walk.extent = {1, 1, 1, 1};
  Live y = x;
  std::size_t at = 4;
  int inner = 0;  // the element that the next axis outside has to step by to join the last
  for (std::size_t o = x.layout.order().size(); o-- > 0;) {
    const auto atom = static_cast<std::size_t>(x.layout.order()[o]);
    const auto axis = static_cast<std::size_t>(x.layout.atoms()[atom].axis);
    const bool all = places[axis].count == x.dims[axis] && places[axis].step == 1;
    const int extent = all ? x.layout.atoms()[atom].extent : static_cast<int>(places[axis].count);
    const int stride = strides[atom] * (all ? 1 : static_cast<int>(places[axis].step));
    if (!all) slice.first += static_cast<int>(places[axis].begin) * strides[atom];
    if (extent == 1) continue;
    if (at < 4 && stride == inner) {
      slice.walk.extent[at] *= extent;
    } else {
      c.require(at > 0, "is supported along 4 axes only");
      slice.walk.extent[--at] = extent;
      slice.walk.stride[at] = stride;
    }
    inner = slice.walk.stride[at] * slice.walk.extent[at];
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].count == x.dims[i]) continue;
    y.dims[i] = places[i].count;
    y.layout = y.layout.with_extent(static_cast<int>(i), static_cast<int>(places[i].count));
  }
  y.tensor = c.add_step(op_code<ops::Slice>, pack(slice), {static_cast<int>(elements_of(y.dims))},
                        c.value(x.tensor).type, {&x.tensor, 1});
  y.layout.join();
  return c.reshaped(y, y.dims);
}

namespace {

std::vector<Places> whole_places(const Dims& dims) {
  std::vector<Places> places;
  for (const std::int64_t extent : dims) places.push_back({0, 1, extent});
  return places;
}

}  // namespace

void import_identity(Context& c) { c.define(c.stored(0)); }

void import_dropout(Context& c) {
  c.require(!c.has_input(2) || c.number(2, "training mode") == 0,
            "trains: export the model for prediction (model.eval())");
  c.define(c.stored(0));
  c.require(!c.is_read(1), "gives its mask, which is not supported");
}

void import_cast(Context& c) {
  const auto type = static_cast<DataType>(c.integer("to", 0));
  Live x = c.as_numbers(c.stored(0));
  const bool same =
      type == x.type || type == DataType::float32 || (!is_real(x.type) && type != DataType::boolean);
  c.require(same && type != DataType::float16 && type != DataType::bfloat16 && bytes_of(type) > 0,
            "rounds or shortens numbers that depend on the model's input, which is not supported");
  c.require(bytes_of(type) >= 4 || x.type == DataType::boolean || type == x.type,
            "makes small whole numbers of values, which is not supported: use QuantizeLinear");
  x.type = type;
  c.define(x);
}

/// Also Squeeze, Unsqueeze and Flatten.
void import_reshape(Context& c) {
  const Live& x = c.stored(0);
  c.define(c.reshaped(x, reshaped_dims(c, x.dims)));
}

void import_transpose(Context& c) {
  const Live& x = c.stored(0);
  c.define(c.transposed(x, transposition(c, x.dims.size())));
}

void import_shape(Context& c) {
  const Dims& dims = c.dims(0);
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto end = [&](const char* name, std::int64_t otherwise) {
    const std::int64_t at = c.integer(name, otherwise);
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t first = end("start", 0), last = std::max(first, end("end", rank));
  const Dims part(dims.begin() + first, dims.begin() + last);
  c.define(array_of(part, {last - first}));
}

void import_size(Context& c) { c.define(array_of(std::vector{elements_of(c.dims(0))}, {})); }

void import_slice(Context& c) {
  const Live& x = c.stored(0);
  const std::vector<Places> places = slice_places(c, x.dims);
  bool all = true;
  for (std::size_t i = 0; i < places.size(); ++i) {
    c.require(places[i].count > 0, "has an empty result, which is not supported");
    all = all && places[i].count == x.dims[i] && places[i].step == 1;
  }
  c.define(all ? x : sliced(c, x, places));
}

void import_split(Context& c) {
  const Live& x = c.stored(0);
  const int axis = c.axis_of(c.integer("axis", 0), x.dims.size());
  const auto along = static_cast<std::size_t>(axis);
  std::int64_t begin = 0;
  int k = 0;
  for (const std::int64_t extent : split_extents(c, x.dims[along])) {
    std::vector<Places> places = whole_places(x.dims);
    places[along] = {begin, 1, extent};
    if (c.has_output(k)) c.define(extent == x.dims[along] ? x : sliced(c, x, places), k);
    begin += extent;
    ++k;
  }
}

namespace {

/// Splits an axis into `block` and the rest, or joins them: `order` is that of the six axes.
void import_blocks(Context& c, const Dims& apart, const std::vector<int>& order, const Dims& to) {
  c.define(c.reshaped(c.transposed(c.reshaped(c.stored(0), apart), order), to));
}

}  // namespace

void import_depth_to_space(Context& c) {
  const Dims& d = c.dims(0);
  const std::int64_t b = c.integer("blocksize", 0);
  c.require(d.size() == 4 && b > 0 && b < 4096 && d[1] % (b * b) == 0,
            "is damaged: its blocks do not fit its input");
  const std::int64_t channels = d[1] / (b * b);
  const Dims to{d[0], channels, d[2] * b, d[3] * b};
  if (c.text("mode", "DCR") == "CRD")
    return import_blocks(c, {d[0], channels, b, b, d[2], d[3]}, {0, 1, 4, 2, 5, 3}, to);
  import_blocks(c, {d[0], b, b, channels, d[2], d[3]}, {0, 3, 4, 1, 5, 2}, to);
}

void import_space_to_depth(Context& c) {
  const Dims& d = c.dims(0);
  const std::int64_t b = c.integer("blocksize", 0);
  c.require(d.size() == 4 && b > 0 && b < 4096 && d[2] % b == 0 && d[3] % b == 0,
            "is damaged: its blocks do not fit its input");
  import_blocks(c, {d[0], d[1], d[2] / b, b, d[3] / b, b}, {0, 3, 5, 1, 2, 4},
                {d[0], d[1] * b * b, d[2] / b, d[3] / b});
}

}  // namespace etch::host::onnx
