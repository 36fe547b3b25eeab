// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a .tflite file holds, as plain data: nothing that is used afterwards depends on offsets in the file.
namespace etch::host::tflite {

enum class ElementKind : std::int8_t {
  float32 = 0,
  float16 = 1,
  int32 = 2,
  uint8 = 3,
  int64 = 4,
  text = 5,
  boolean = 6,
  int16 = 7,
  complex64 = 8,
  int8 = 9,
  uint64 = 12,
  uint32 = 15,
};
const char* name_of(ElementKind kind);
/// 0 for kinds that are not read.
int bytes_of(ElementKind kind);

/// Numbers of the operator list that are imported; others are refused by name.
enum class OperatorKind : std::int32_t {
  add = 0,
  average_pool_2d = 1,
  concatenation = 2,
  conv_2d = 3,
  depthwise_conv_2d = 4,
  dequantize = 6,
  fully_connected = 9,
  logistic = 14,
  max_pool_2d = 17,
  mul = 18,
  relu = 19,
  relu6 = 21,
  reshape = 22,
  resize_bilinear = 23,
  softmax = 25,
  svdf = 27,
  tanh = 28,
  custom = 32,
  pad = 34,
  transpose = 39,
  mean = 40,
  sub = 41,
  div = 42,
  squeeze = 43,
  unidirectional_sequence_lstm = 44,
  strided_slice = 45,
  split = 49,
  cast = 53,
  maximum = 55,
  minimum = 57,
  pad_v2 = 60,
  slice = 65,
  expand_dims = 70,
  shape = 77,
  pack = 83,
  resize_nearest_neighbor = 97,
  leaky_relu = 98,
  quantize = 114,
  hard_swish = 117,
};

enum class FusedActivation : std::int8_t { none = 0, relu = 1, relu_n1_to_1 = 2, relu6 = 3, tanh = 4 };

struct FileTensor {
  std::string name;
  int index = 0;
  ElementKind kind = ElementKind::float32;
  std::vector<int> shape;                  ///< with the batch; at most 8 extents, any product fits 2^26
  std::span<const std::byte> data;         ///< of constants: as many bytes as the shape has; else none
  std::span<const std::byte> scales;       ///< floats, not aligned
  std::span<const std::byte> zero_points;  ///< as many 64-bit numbers, not aligned
  int quantized_dimension = 0;
  bool variable = false;

  bool constant() const { return !data.empty(); }
  int elements() const;
  int scale_count() const { return static_cast<int>(scales.size() / sizeof(float)); }
  float scale(int i) const;
  std::int64_t zero_point(int i) const;
};

/// The options of an operator; each kind sets those it has.
struct FileOptions {
  FusedActivation activation = FusedActivation::none;
  bool same_padding = true;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int filter_height = 1, filter_width = 1;
  int depth_multiplier = 1;
  int weights_format = 0;
  bool power_scales = true;  ///< sums of int16 in the form for scales that are powers of two
  int axis = 0, count = 0;
  int rank = 1;
  bool keep_dims = false, align_corners = false, half_pixel_centers = false, time_major = false;
  float beta = 1, alpha = 0, cell_clip = 0, proj_clip = 0;
  int begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
};

struct FileOperator {
  int index = 0;
  OperatorKind kind = OperatorKind::add;
  std::string name;                                 ///< as the schema has it: CONV_2D
  std::string custom;                               ///< what an operator of kind `custom` is called
  std::vector<std::byte> custom_options;            ///< bytes of its own format
  std::vector<int> inputs, outputs, intermediates;  ///< tensors; -1 where an input is left out
  FileOptions options;
};

struct File {
  std::vector<std::byte> bytes;  ///< what the tensors' spans look into
  std::vector<FileTensor> tensors;
  std::vector<FileOperator> operators;
  std::vector<int> inputs, outputs;
};

/// Reads the first (and only) subgraph. Every number in the result is within its range: tensors exist, data
/// is as long as its shape. Throws `Error`, which names the file, for files that are damaged or hold what is
/// not read.
File read_file(std::span<const std::byte> bytes, const std::string& name);

}  // namespace etch::host::tflite
