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
  resource = 13,
  uint32 = 15,
  int4 = 17,  ///< of constants alone, which are read as int8
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
  floor = 8,
  fully_connected = 9,
  l2_normalization = 11,
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
  gather = 36,
  batch_to_space_nd = 37,
  space_to_batch_nd = 38,
  transpose = 39,
  mean = 40,
  sub = 41,
  div = 42,
  squeeze = 43,
  unidirectional_sequence_lstm = 44,
  strided_slice = 45,
  exp = 47,
  split = 49,
  log_softmax = 50,
  cast = 53,
  prelu = 54,
  maximum = 55,
  arg_max = 56,
  minimum = 57,
  neg = 59,
  pad_v2 = 60,
  slice = 65,
  sin = 66,
  transpose_conv = 67,
  tile = 69,
  expand_dims = 70,
  log = 73,
  sum = 74,
  sqrt = 75,
  rsqrt = 76,
  shape = 77,
  pow = 78,
  arg_min = 79,
  reduce_prod = 81,
  reduce_max = 82,
  pack = 83,
  unpack = 88,
  reduce_min = 89,
  square = 92,
  resize_nearest_neighbor = 97,
  leaky_relu = 98,
  squared_difference = 99,
  mirror_pad = 100,
  abs = 101,
  split_v = 102,
  ceil = 104,
  cos = 108,
  elu = 111,
  quantize = 114,
  round = 116,
  hard_swish = 117,
  while_loop = 119,
  densify = 124,
  batch_matmul = 126,
  call_once = 129,
  var_handle = 142,
  read_variable = 143,
  assign_variable = 144,
  gelu = 150,
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
  bool narrow = false;   ///< int4 in the file, two numbers a byte
  bool shifted = false;  ///< uint8 in the file: numbers and zero points are read 128 lower, as int8

  bool constant() const { return !data.empty(); }
  int elements() const;
  int scale_count() const { return static_cast<int>(scales.size() / sizeof(float)); }
  float scale(int i) const;
  std::int64_t zero_point(int i) const;
};

/// The options of an operator; each kind sets those it has.
struct FileOptions {
  FusedActivation activation = FusedActivation::none;
  bool same_padding = true, explicit_padding = false;
  int top = 0, left = 0;  ///< what stands before the data, where the padding is explicit
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int filter_height = 1, filter_width = 1;
  int depth_multiplier = 1;
  int weights_format = 0;
  int axis = 0, count = 0, batch_dims = 0, subgraph = 0;
  int rank = 1;
  bool keep_dims = false, align_corners = false, half_pixel_centers = false, time_major = false;
  bool transpose_a = false, transpose_b = false, symmetric = false, approximate = false;
  float beta = 1, alpha = 0, cell_clip = 0, proj_clip = 0;
  int begin_mask = 0, end_mask = 0, ellipsis_mask = 0, new_axis_mask = 0, shrink_axis_mask = 0;
  std::string variable;  ///< the name of one, with that of its container
};

struct FileOperator {
  int index = 0;
  OperatorKind kind = OperatorKind::add;
  std::string name;                                 ///< as the schema has it: CONV_2D
  std::string custom;                               ///< what an operator of kind `custom` is called
  std::vector<std::byte> custom_options;            ///< bytes of its own format
  std::vector<int> inputs, outputs, intermediates;  ///< tensors; -1 where an input is left out
  FileOptions options;
  bool merged = false;  ///< it is part of another operator
};

struct FileGraph {
  std::vector<FileTensor> tensors;
  std::vector<FileOperator> operators;
  std::vector<int> inputs, outputs;
};

/// The first subgraph, which is the model.
struct File : FileGraph {
  std::vector<std::byte> bytes;                   ///< what the tensors' spans look into
  std::vector<std::vector<std::byte>> made;       ///< so are numbers that were made of those in the file
  std::vector<std::pair<int, FileGraph>> called;  ///< by their number, what CALL_ONCE names
};

/// Reads the first subgraph, and those that it calls once. Every number in the result is within its range:
/// tensors exist, data is as long as its shape. Throws `Error`, which names the file, for files that are
/// damaged or hold what is not read.
File read_file(std::span<const std::byte> bytes, const std::string& name);

}  // namespace etch::host::tflite
