// SPDX-License-Identifier: BSL-1.0
// check_onnx FILE: ONNX's own checker, and its inference of shapes, on a file.
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <cstdio>
#include <exception>
#include <fstream>

int main(int count, char** arguments) {
  if (count != 2) return 1;
  try {
    onnx::ModelProto model;
    std::ifstream file(arguments[1], std::ios::binary);
    if (!model.ParseFromIstream(&file) || model.ir_version() != 8 || model.opset_import(0).version() != 17) {
      std::printf("%s is no file of IR 8 and opset 17\n", arguments[1]);
      return 1;
    }
    onnx::checker::check_model(model);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {true, 1, false});
    return 0;
  } catch (const std::exception& mistake) {
    std::printf("%s: %s\n", arguments[1], mistake.what());
    return 1;
  }
}
