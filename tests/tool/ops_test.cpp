// SPDX-License-Identifier: BSL-1.0
// `etch ops` and docs/ops.md, which `tool_tests '[write]'` writes.
#include "run_etch.hpp"

#include <fstream>
#include <iterator>

namespace {

using namespace etch::test;

const std::filesystem::path document = std::filesystem::path(ETCH_SOURCE_DIR) / "docs/ops.md";

std::string page() {
  return R"(# What is read of each format

What `etch ops` prints: the operators and layers that are read, by the names that files have for them, and in
which types. `etch ops onnx` prints those of one format. Shapes or attributes of an operator may still be refused,
in a sentence that names it; `etch inspect` says all that stands in the way of a file at once. Written by
`tool_tests '[write]'` and compared by a test.

Each entry stands for a file that a test writes, reads and runs, and none is left out: `format_tests "[ops]"` has
those of TensorFlow Lite, ONNX and RTNeural, by operator and type, `keras_files` (tests/keras) those of Keras. The
type is that of what the operator takes, of `QUANTIZE` and `QuantizeLinear` that of the result. int8 and uint8 of
ONNX's own operators mean that one between `DequantizeLinear` and `QuantizeLinear` becomes steps of whole numbers
alone; without these types it runs in floats there ([onnx.md](onnx.md)).

`L2_NORMALIZATION` and `LOG_SOFTMAX` have no int16 because TensorFlow Lite has no such kernels: it runs them in
float32, uint8 and int8, and refuses any other type (its kernels/l2norm.cc and kernels/activations.cc). Its uint8
of these two, which TensorFlow Lite Micro does not have, rounds in other places than its int8, and is refused.
`ADD` of int16 whose scales are said to be powers of two (`pot_scale_int16`) is a sum as any other, as in
TensorFlow Lite Micro, which does not look at it (its kernels/add_common.cc).

```text
)" + run_etch({"ops"}).out +
         "```\n";
}

TEST_CASE("docs/ops.md is what ops prints", "[ops]") {
  std::ifstream in(document, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == page());
}

TEST_CASE("write docs/ops.md", "[.write]") { std::ofstream(document, std::ios::binary) << page(); }

TEST_CASE("ops prints one format, whatever its case, and refuses what is none", "[ops]") {
  const auto all = run_etch({"ops"});
  CHECK(all.code == 0);
  for (const char* operators : {"CONV_2D  ", "SignalPCAN  ", " QLinearConv  ", "com.microsoft.QLinearAdd  ",
                                " MultiHeadAttention,", " ops.Add,", " time-distributed-dense"}) {
    CAPTURE(operators);
    CHECK(all.out.find(operators) != std::string::npos);
  }
  for (const char* name : {"tflite", "TFLite", "tf", "TensorFlowLite", "onnx", "Keras", "rtneural", "etch"}) {
    CAPTURE(name);
    const auto one = run_etch({"ops", name});
    CHECK(one.code == 0);
    CHECK(all.out.find(one.out) != std::string::npos);
    CHECK(one.out.size() < all.out.size());
  }
  const auto none = run_etch({"ops", "caffe"});
  CHECK(none.code == 1);
  CHECK(none.err.find("'caffe' is no format that is read (TensorFlow Lite, Etch, Keras, ONNX, RTNeural)") !=
        std::string::npos);
}

}  // namespace
