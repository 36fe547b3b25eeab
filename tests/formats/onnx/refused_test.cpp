// SPDX-License-Identifier: BSL-1.0
// What is refused, and in which words.
#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/import.hpp>
#include <runtime/host/error.hpp>
#include <tests/formats/onnx/small_models.hpp>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

bool without_library() { return *host::onnx::missing_library() != 0; }

void import(const OnnxWriter& w, const std::string& name = "m.onnx") { host::import_onnx(w.bytes(), name); }

TEST_CASE("all operators that are not supported are named at once", "[onnx]") {
  if (without_library()) return;
  OnnxWriter w;
  w.input("x", {2, 3}).node("NonZero", {"x"}, {"a"}).node("Relu", {"a"}, {"b"}).node("Det", {"x"}, {"c"});
  w.node("Det", {"x"}, {"e"}).node("Reshape", {"x", "b"}, {"d"}).output("d");
  CHECK_THROWS_WITH(import(w), Contains("'m.onnx': NonZero of opset 17, node 'a NonZero', is not supported: "
                                        "its result has no fixed shape; Det") &&
                                   Contains("(2 times)") && !Contains("Reshape"));
}

TEST_CASE("a refusal names node, operator and opset", "[onnx]") {
  if (without_library()) return;
  OnnxWriter w(13);
  w.input("x", {2, 3}).input("s", {2}, DataType::int64).node("Reshape", {"x", "s"}, {"y"}).output("y");
  CHECK_THROWS_WITH(import(w),
                    Contains("Reshape of opset 13, node 'a Reshape'") && Contains("to be constant"));
  host::onnx::Choices choices;
  choices.constants.emplace("s", host::onnx::array_of(std::vector<std::int64_t>{3, 2}, {2}));
  CHECK(host::import_onnx(w.bytes(), "m.onnx", choices).outputs[0].dims == Dims{3, 2});
}

TEST_CASE("versions beyond those that are known are refused", "[onnx]") {
  if (without_library()) return;
  for (const int opset : {5, 23}) {
    OnnxWriter w(opset);
    w.input("x", {2}).node("Relu", {"x"}, {"y"}).output("y");
    CHECK_THROWS_WITH(import(w),
                      Contains("is of opset " + std::to_string(opset)) && Contains("opset_version=17"));
  }
}

TEST_CASE("a free batch is 1, and other free extents are refused", "[onnx]") {
  if (without_library()) return;
  OnnxWriter free;
  free.input("x", {-1, 3}).node("Relu", {"x"}, {"y"}).output("y");
  CHECK(host::import_onnx(free.bytes(), "m.onnx").inputs[0].dims == Dims{1, 3});
  OnnxWriter open;
  open.input("x", {1, -1}).node("Relu", {"x"}, {"y"}).output("y");
  CHECK_THROWS_WITH(import(open), Contains("input 'x'") && Contains("fixed extents"));
}

TEST_CASE("data beside a model are read, and none outside of its folder", "[onnx]") {
  if (without_library()) return;
  const fs::path folder = fs::temp_directory_path() / "etch_onnx_external";
  fs::create_directories(folder / "model");
  const float numbers[]{1, 2, 3, 4};
  std::ofstream(folder / "model/weights.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(numbers), 16);
  std::ofstream(folder / "outside.bin", std::ios::binary).write(reinterpret_cast<const char*>(numbers), 16);
  std::error_code none;
  fs::create_symlink(folder / "outside.bin", folder / "model/link.bin", none);
  const auto model = [](const std::string& location, int offset) {
    OnnxWriter w;
    const auto entry = [](const char* key, const std::string& value) {
      return Message().text(1, key).text(2, value);
    };
    Message t;
    t.number(1, 2).number(2, 1).text(8, "w").number(14, 1).message(13, entry("location", location));
    t.message(13, entry("offset", std::to_string(offset))).message(13, entry("length", "8"));
    w.graph().message(5, t);
    return std::move(w.input("x", {2}).node("Mul", {"x", "w"}, {"y"}).output("y"));
  };
  const std::string name = (folder / "model/m.onnx").string();
  CHECK_NOTHROW(import(model("weights.bin", 8), name));
  CHECK_THROWS_WITH(import(model("weights.bin", 12), name), Contains("too short"));
  CHECK_THROWS_WITH(import(model("missing.bin", 0), name), Contains("is not there"));
  for (const char* outside : {"../outside.bin", "/etc/passwd", "link.bin", ""})
    CHECK_THROWS_WITH(import(model(outside, 0), name), Contains("outside of the model's folder"));
  fs::remove_all(folder);
}

TEST_CASE("local functions are put in the places of their calls", "[onnx]") {
  if (without_library()) return;
  const auto model = [](bool recursive) {
    OnnxWriter w;
    w.input("x", {2}).floats("two", {2, 2}, {2}).node("Twice", {"x", "two"}, {"y"}, {}, "own").output("y");
    Message f;
    f.text(1, "Twice").text(4, "a").text(4, "b").text(5, "c").text(10, "own");
    f.message(7, OnnxWriter::node_message("Mul", {"a", "b"}, {"t"}));
    f.message(7, recursive ? OnnxWriter::node_message("Twice", {"t", "b"}, {"c"}, {}, "own")
                           : OnnxWriter::node_message("Relu", {"t"}, {"c"}));
    f.message(9, OnnxWriter::opset_message("", 17));
    w.more().message(25, f);
    return w;
  };
  CHECK(host::import_onnx(model(false).bytes(), "m.onnx").model.operators.size() == 2);
  CHECK_THROWS_WITH(import(model(true)), Contains("call each other too often"));
}

TEST_CASE("damaged files are refused in a sentence, or read", "[onnx]") {
  if (without_library()) return;
  std::mt19937 engine(11);
  for (const SmallOnnx& small : small_onnx_models()) {
    INFO(small.domain << " " << small.op);
    const int rounds = small.type == DataType::float32 ? 40 : 8;
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::byte> damaged = small.bytes;
      if (round % 4 == 0) damaged.resize(engine() % damaged.size());
      for (unsigned k = engine() % 3; k-- > 0 && !damaged.empty();)
        damaged[engine() % damaged.size()] = static_cast<std::byte>(engine());
      try {
        host::import_onnx(damaged, "damaged.onnx");
      } catch (const Error& error) {
        const std::string sentence = error.what();
        CHECK(sentence.starts_with("'damaged.onnx'"));
        CHECK(sentence.find('\n') == std::string::npos);
      }
    }
  }
}

}  // namespace
