// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operator_options.hpp>

#include <algorithm>
#include <iterator>

namespace etch::host::tflite {

namespace {

/// The fields of an options table, by their numbers in the schema.
struct Fields {
  const OptionsTable& table;
  flatbuffers::Verifier& verifier;
  bool holds = true;

  int number(int field, int otherwise = 0) {
    return table.read<std::int32_t>(verifier, field, otherwise, holds);
  }
  int small(int field) { return table.read<std::int8_t>(verifier, field, 0, holds); }
  bool flag(int field, bool otherwise = false) {
    return table.read<std::uint8_t>(verifier, field, otherwise ? 1 : 0, holds) != 0;
  }
  std::string text(int field) { return table.text(verifier, field, holds); }
  float real(int field) { return table.read<float>(verifier, field, 0, holds); }
  FusedActivation activation(int field) { return static_cast<FusedActivation>(small(field)); }
};

/// What convolutions and pools begin with.
void read_windows(Fields& f, FileOptions& o) {
  o.same_padding = f.small(0) == 0;
  o.stride_width = f.number(1);
  o.stride_height = f.number(2);
}

void read_convolution(Fields& f, FileOptions& o, int activation) {
  read_windows(f, o);
  o.activation = f.activation(activation);
  o.dilation_width = f.number(activation + 1, 1);
  o.dilation_height = f.number(activation + 2, 1);
}

void read_conv_2d(Fields& f, FileOptions& o) { read_convolution(f, o, 3); }

void read_depthwise_conv_2d(Fields& f, FileOptions& o) {
  read_convolution(f, o, 4);
  o.depth_multiplier = f.number(3);
}

void read_pool(Fields& f, FileOptions& o) {
  read_windows(f, o);
  o.filter_width = f.number(3);
  o.filter_height = f.number(4);
  o.activation = f.activation(5);
}

void read_fully_connected(Fields& f, FileOptions& o) {
  o.activation = f.activation(0);
  o.weights_format = f.small(1);
}

/// What else sums of int16 say, that their scales are powers of two, changes nothing in TensorFlow Lite
/// Micro.
void read_binary(Fields& f, FileOptions& o) { o.activation = f.activation(0); }

void read_strided_slice(Fields& f, FileOptions& o) {
  o.begin_mask = f.number(0);
  o.end_mask = f.number(1);
  o.ellipsis_mask = f.number(2);
  o.new_axis_mask = f.number(3);
  o.shrink_axis_mask = f.number(4);
}

void read_lstm(Fields& f, FileOptions& o) {
  o.activation = f.activation(0);
  o.cell_clip = f.real(1);
  o.proj_clip = f.real(2);
  o.time_major = f.flag(3);
}

void read_centers(Fields& f, FileOptions& o, int first) {
  o.align_corners = f.flag(first);
  o.half_pixel_centers = f.flag(first + 1);
}

void read_axis(Fields& f, FileOptions& o) { o.axis = f.number(0); }

void read_keep_dims(Fields& f, FileOptions& o) { o.keep_dims = f.flag(0); }

void read_transpose_conv(Fields& f, FileOptions& o) {
  read_windows(f, o);
  o.activation = f.activation(3);
}

struct OptionsOf {
  OperatorKind kind;
  void (*read)(Fields&, FileOptions&);
};

constexpr OptionsOf options[]{
    {OperatorKind::conv_2d, read_conv_2d},
    {OperatorKind::depthwise_conv_2d, read_depthwise_conv_2d},
    {OperatorKind::average_pool_2d, read_pool},
    {OperatorKind::max_pool_2d, read_pool},
    {OperatorKind::fully_connected, read_fully_connected},
    {OperatorKind::add, read_binary},
    {OperatorKind::sub, read_binary},
    {OperatorKind::mul, read_binary},
    {OperatorKind::div, [](Fields& f, FileOptions& o) { o.activation = f.activation(0); }},
    {OperatorKind::concatenation,
     [](Fields& f, FileOptions& o) {
       o.axis = f.number(0);
       o.activation = f.activation(1);
     }},
    {OperatorKind::softmax, [](Fields& f, FileOptions& o) { o.beta = f.real(0); }},
    {OperatorKind::leaky_relu, [](Fields& f, FileOptions& o) { o.alpha = f.real(0); }},
    {OperatorKind::mean, read_keep_dims},
    {OperatorKind::sum, read_keep_dims},
    {OperatorKind::reduce_max, read_keep_dims},
    {OperatorKind::reduce_min, read_keep_dims},
    {OperatorKind::reduce_prod, read_keep_dims},
    {OperatorKind::div, read_binary},
    {OperatorKind::transpose_conv, read_transpose_conv},
    {OperatorKind::l2_normalization, [](Fields& f, FileOptions& o) { o.activation = f.activation(0); }},
    {OperatorKind::gelu, [](Fields& f, FileOptions& o) { o.approximate = f.flag(0); }},
    {OperatorKind::mirror_pad, [](Fields& f, FileOptions& o) { o.symmetric = f.small(0) != 0; }},
    {OperatorKind::batch_matmul,
     [](Fields& f, FileOptions& o) {
       o.transpose_a = f.flag(0);
       o.transpose_b = f.flag(1);
     }},
    {OperatorKind::gather,
     [](Fields& f, FileOptions& o) {
       read_axis(f, o);
       o.batch_dims = f.number(1);
     }},
    {OperatorKind::split_v, [](Fields& f, FileOptions& o) { o.count = f.number(0); }},
    {OperatorKind::unpack,
     [](Fields& f, FileOptions& o) {
       o.count = f.number(0);
       o.axis = f.number(1);
     }},
    {OperatorKind::call_once, [](Fields& f, FileOptions& o) { o.subgraph = f.number(0); }},
    {OperatorKind::var_handle, [](Fields& f, FileOptions& o) { o.variable = f.text(0) + "/" + f.text(1); }},
    {OperatorKind::resize_bilinear, [](Fields& f, FileOptions& o) { read_centers(f, o, 2); }},
    {OperatorKind::resize_nearest_neighbor, [](Fields& f, FileOptions& o) { read_centers(f, o, 0); }},
    {OperatorKind::strided_slice, read_strided_slice},
    {OperatorKind::split, [](Fields& f, FileOptions& o) { o.count = f.number(0); }},
    {OperatorKind::pack,
     [](Fields& f, FileOptions& o) {
       o.count = f.number(0);
       o.axis = f.number(1);
     }},
    {OperatorKind::svdf,
     [](Fields& f, FileOptions& o) {
       o.rank = f.number(0);
       o.activation = f.activation(1);
     }},
    {OperatorKind::unidirectional_sequence_lstm, read_lstm},
};

}  // namespace

bool read_options(const OptionsTable& table, flatbuffers::Verifier& verifier, FileOperator& op) {
  const auto* const found = std::ranges::find(options, op.kind, &OptionsOf::kind);
  if (found == std::end(options)) return true;
  Fields fields{table, verifier};
  found->read(fields, op.options);
  return fields.holds;
}

}  // namespace etch::host::tflite
