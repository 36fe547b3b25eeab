// SPDX-License-Identifier: BSL-1.0
// A published model quantized to uint8, layer by layer against TensorFlow Lite's arithmetic for it, written
// in int64 on the bytes of the file.
#include <codegen/formats/tflite/reader.hpp>
#include <codegen/model/constant_array.hpp>
#include <codegen/prepare/prepare.hpp>
#include <tests/golden/tflite_material.hpp>

#include <algorithm>
#include <cmath>

namespace {

using namespace etch;
using namespace etch::golden;
using namespace etch::host::tflite;
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

/// x times a factor below 1: rounded to nearest with a multiplier of 31 bits, then with its shift, where
/// halves go away from zero.
std::int64_t scaled(std::int64_t x, double real) {
  int shift = 0;
  const auto multiplier = static_cast<std::int64_t>(std::llround(std::frexp(real, &shift) * 2147483648.0));
  const std::int64_t product = x * multiplier;
  const std::int64_t high = (product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (std::int64_t{1} << 31);
  const std::int64_t divisor = std::int64_t{1} << -shift, half = divisor / 2;
  return high >= 0 ? (high + half) / divisor : -((-high + half) / divisor);
}

class Oracle {
 public:
  explicit Oracle(const File& file) : file_(file), values_(file.tensors.size()) {}

  void set_input(const Bytes& x) { values_[static_cast<std::size_t>(file_.inputs[0])] = x; }
  const Bytes& value(int number) const { return values_[static_cast<std::size_t>(number)]; }
  void run(const FileOperator& op) {
    Bytes& y = values_[static_cast<std::size_t>(op.outputs[0])];
    if (op.kind == OperatorKind::reshape)
      y = value(op.inputs[0]);
    else if (op.kind == OperatorKind::average_pool_2d)
      y = average(op);
    else if (op.kind == OperatorKind::softmax)
      y = softmax(op);
    else
      y = convolution(op);
  }

 private:
  const FileTensor& tensor(int number) const { return file_.tensors[static_cast<std::size_t>(number)]; }

  /// Taps before the data, of SAME padding.
  static int before(int in, int out, int kernel, int stride) {
    return std::max(0, (out - 1) * stride + kernel - in) / 2;
  }

  Bytes convolution(const FileOperator& op) const {
    const bool depthwise = op.kind == OperatorKind::depthwise_conv_2d;
    const FileTensor &x = tensor(op.inputs[0]), &w = tensor(op.inputs[1]), &y = tensor(op.outputs[0]);
    const std::vector<std::int32_t> bias = host::numbers_in<std::int32_t>(tensor(op.inputs[2]).data);
    const Bytes weights = host::numbers_in<std::uint8_t>(w.data), &in = value(op.inputs[0]);
    const int height = w.shape[1], width = w.shape[2], channels = x.shape[3], filters = y.shape[3];
    const int top = before(x.shape[1], y.shape[1], height, op.options.stride_height),
              left = before(x.shape[2], y.shape[2], width, op.options.stride_width);
    const double real = static_cast<double>(x.scale(0) * w.scale(0)) / static_cast<double>(y.scale(0));
    const bool relu6 = op.options.activation == FusedActivation::relu6;
    const std::int64_t six = y.zero_point(0) + std::llround(6.0f / y.scale(0));
    const std::int64_t lowest = relu6 ? y.zero_point(0) : 0,
                       highest = relu6 ? std::min<std::int64_t>(255, six) : 255;
    Bytes out;
    for (int oy = 0; oy < y.shape[1]; ++oy)
      for (int ox = 0; ox < y.shape[2]; ++ox)
        for (int f = 0; f < filters; ++f) {
          std::int64_t sum = bias[static_cast<std::size_t>(f)];
          for (int ky = 0; ky < height; ++ky)
            for (int kx = 0; kx < width; ++kx) {
              const int iy = oy * op.options.stride_height + ky - top,
                        ix = ox * op.options.stride_width + kx - left;
              if (iy < 0 || iy >= x.shape[1] || ix < 0 || ix >= x.shape[2]) continue;
              for (int c = depthwise ? f : 0; c < (depthwise ? f + 1 : channels); ++c) {
                const int at = depthwise ? (ky * width + kx) * filters + f
                                         : ((f * height + ky) * width + kx) * channels + c;
                sum +=
                    (in[static_cast<std::size_t>((iy * x.shape[2] + ix) * channels + c)] - x.zero_point(0)) *
                    (weights[static_cast<std::size_t>(at)] - w.zero_point(0));
              }
            }
          out.push_back(
              static_cast<std::uint8_t>(std::clamp(scaled(sum, real) + y.zero_point(0), lowest, highest)));
        }
    return out;
  }

  /// Over all of an image.
  Bytes average(const FileOperator& op) const {
    const FileTensor& x = tensor(op.inputs[0]);
    const auto channels = static_cast<std::size_t>(x.shape[3]);
    const Bytes& in = value(op.inputs[0]);
    const int count = static_cast<int>(in.size() / channels);
    Bytes out;
    for (std::size_t c = 0; c < channels; ++c) {
      int sum = count / 2;
      for (std::size_t i = c; i < in.size(); i += channels) sum += in[i];
      out.push_back(static_cast<std::uint8_t>(sum / count));
    }
    return out;
  }

  /// In double: within a step of the integer arithmetic.
  Bytes softmax(const FileOperator& op) const {
    const FileTensor& x = tensor(op.inputs[0]);
    const Bytes& in = value(op.inputs[0]);
    std::vector<double> powers;
    double sum = 0;
    for (const std::uint8_t b : in) {
      powers.push_back(std::exp(static_cast<double>(x.scale(0)) * (b - 255)));
      sum += powers.back();
    }
    Bytes out;
    for (const double p : powers)
      out.push_back(static_cast<std::uint8_t>(std::min(255.0, std::round(256 * p / sum))));
    return out;
  }

  const File& file_;
  std::vector<Bytes> values_;
};

/// Soft hills of colour, so that neighbours are alike as in photographs.
Bytes picture(int size) {
  Bytes x;
  for (int r = 0; r < size; ++r)
    for (int c = 0; c < size; ++c)
      for (int k = 0; k < 3; ++k)
        x.push_back(static_cast<std::uint8_t>(std::lround(
            128 + 90 * std::sin(0.07 * r + k) * std::cos(0.05 * c - 2 * k) + 30 * std::sin(0.9 * (r + c)))));
  return x;
}

TEST_CASE("mobilenet_v1_0.25_128_quant gives the bytes of uint8 arithmetic in every layer", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path path = models.parent_path() / "cases/mobilenet_v1_0.25_128_quant.tflite";
  const File file = read_file(bytes_of_file(path), "mobilenet");
  const auto model = host::import_tflite(path);
  const Bytes x = picture(128);
  host::ModelSession session(model);
  session.trace(std::as_bytes(std::span(x)));
  Oracle oracle(file);
  oracle.set_input(x);
  for (const FileOperator& op : file.operators) {
    oracle.run(op);
    INFO(op.name << " (operator " << op.index << ")");
    const Bytes& expected = oracle.value(op.outputs[0]);
    Bytes found;
    for (const std::byte b : session.value(model.operators[static_cast<std::size_t>(op.index)].results[0]))
      found.push_back(static_cast<std::uint8_t>(b));
    const bool last =
        op.kind == OperatorKind::softmax;  // bytes as they leave the model; within it they are int8
    for (std::uint8_t& b : found) b ^= last ? 0 : 0x80;
    REQUIRE(found.size() == expected.size());
    int furthest = 0;
    for (std::size_t i = 0; i < found.size(); ++i)
      furthest = std::max(furthest, std::abs(found[i] - expected[i]));
    CHECK(furthest <= (last ? 1 : 0));
  }
  const host::ImportedModel shipped = host::prepare(model, {kernels::KernelSet::dsp});
  host::ModelSession prepared(shipped);
  prepared.run(std::as_bytes(std::span(x)));
  CHECK(std::ranges::equal(prepared.output(), session.output()));
}

}  // namespace
