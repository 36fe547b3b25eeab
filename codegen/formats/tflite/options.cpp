// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/options.hpp>

namespace etch::host::tflite {

namespace {

/// Fields by their numbers in the options table of the kind, as the schema counts them.
class Fields {
 public:
  Fields(const OptionsTable& table, flatbuffers::Verifier& verifier) : table_(table), verifier_(verifier) {}

  int number(int field, int otherwise = 0) { return read<std::int32_t>(field, otherwise); }
  int small(int field) { return read<std::int8_t>(field); }
  bool flag(int field) { return read<std::uint8_t>(field) != 0; }
  bool flag_or_true(int field) { return read<std::uint8_t>(field, 1) != 0; }
  float real(int field) { return read<float>(field); }
  FusedActivation activation(int field) { return static_cast<FusedActivation>(small(field)); }
  bool hold() const { return hold_; }

 private:
  template <class T>
  T read(int field, T otherwise = {}) {
    return table_.read<T>(verifier_, field, otherwise, hold_);
  }

  const OptionsTable& table_;
  flatbuffers::Verifier& verifier_;
  bool hold_ = true;
};

void read_convolution(Fields& in, FileOptions& o, bool depthwise) {
  const int after = depthwise ? 4 : 3;
  o.same_padding = in.small(0) == 0;
  o.stride_width = in.number(1);
  o.stride_height = in.number(2);
  if (depthwise) o.depth_multiplier = in.number(3);
  o.activation = in.activation(after);
  o.dilation_width = in.number(after + 1, 1);
  o.dilation_height = in.number(after + 2, 1);
}

void read_pool(Fields& in, FileOptions& o) {
  o.same_padding = in.small(0) == 0;
  o.stride_width = in.number(1);
  o.stride_height = in.number(2);
  o.filter_width = in.number(3);
  o.filter_height = in.number(4);
  o.activation = in.activation(5);
}

void read_resize(Fields& in, FileOptions& o, int first) {
  o.align_corners = in.flag(first);
  o.half_pixel_centers = in.flag(first + 1);
}

void read_strided_slice(Fields& in, FileOptions& o) {
  o.begin_mask = in.number(0);
  o.end_mask = in.number(1);
  o.ellipsis_mask = in.number(2);
  o.new_axis_mask = in.number(3);
  o.shrink_axis_mask = in.number(4);
}

void read_lstm(Fields& in, FileOptions& o) {
  o.activation = in.activation(0);
  o.cell_clip = in.real(1);
  o.proj_clip = in.real(2);
  o.time_major = in.flag(3);
}

void read(Fields& in, OperatorKind kind, FileOptions& o) {
  switch (kind) {
    case OperatorKind::conv_2d:
      return read_convolution(in, o, false);
    case OperatorKind::depthwise_conv_2d:
      return read_convolution(in, o, true);
    case OperatorKind::average_pool_2d:
    case OperatorKind::max_pool_2d:
      return read_pool(in, o);
    case OperatorKind::resize_bilinear:
      return read_resize(in, o, 2);
    case OperatorKind::resize_nearest_neighbor:
      return read_resize(in, o, 0);
    case OperatorKind::strided_slice:
      return read_strided_slice(in, o);
    case OperatorKind::unidirectional_sequence_lstm:
      return read_lstm(in, o);
    case OperatorKind::fully_connected:
      o.activation = in.activation(0);
      o.weights_format = in.small(1);
      break;
    case OperatorKind::add:
    case OperatorKind::sub:
    case OperatorKind::mul:
      o.activation = in.activation(0);
      o.power_scales = in.flag_or_true(1);
      break;
    case OperatorKind::concatenation:
      o.axis = in.number(0);
      o.activation = in.activation(1);
      break;
    case OperatorKind::softmax:
      o.beta = in.real(0);
      break;
    case OperatorKind::leaky_relu:
      o.alpha = in.real(0);
      break;
    case OperatorKind::mean:
      o.keep_dims = in.flag(0);
      break;
    case OperatorKind::split:
      o.count = in.number(0);
      break;
    case OperatorKind::pack:
      o.count = in.number(0);
      o.axis = in.number(1);
      break;
    case OperatorKind::svdf:
      o.rank = in.number(0);
      o.activation = in.activation(1);
      break;
    default:
      break;
  }
}

}  // namespace

bool read_options(const OptionsTable& table, flatbuffers::Verifier& verifier, FileOperator& op) {
  Fields fields(table, verifier);
  read(fields, op.kind, op.options);
  return fields.hold();
}

}  // namespace etch::host::tflite
