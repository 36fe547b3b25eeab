// SPDX-License-Identifier: BSL-1.0
// What goes wrong is told in one sentence, and leaves no half-written file.
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <fstream>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// Checks that a call fails with one line that holds `sentence`, and prints nothing else.
void check_mistake(std::vector<std::string> arguments, const std::string& sentence) {
  const auto result = run_etch(std::move(arguments));
  INFO(result.err);
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Contains(sentence));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}

TEST_CASE("a wrong command line is told") {
  check_mistake({}, "etch: give a command; there are inspect, compile, ");
  check_mistake({"inspct", "kws.tflite"}, "etch: 'inspct' is no command; there are inspect, compile, ");
  check_mistake({"inspect"}, "etch inspect: model is required; see etch inspect --help");
  check_mistake({"inspect", "kws.tflite", "--no_option"}, "etch inspect: ");
  CHECK(run_etch({"--help"}).code == 0);
  CHECK(run_etch({"--version"}).code == 0);
}

TEST_CASE("files that are no models are told") {
  const TemporaryFolder folder;
  const std::string text = (folder / "model.txt").string(), empty = (folder / "empty.tflite").string();
  std::ofstream(text) << "This is no model.";
  std::ofstream{empty};
  check_mistake({"inspect", (folder / "none.tflite").string()}, "none.tflite");
  check_mistake({"inspect", folder.path().string()}, "folder");
  check_mistake({"inspect", text}, "is not a model that is read (TensorFlow Lite");
  check_mistake({"inspect", empty}, "is not a model that is read");
  check_mistake({"run", text, text}, "is not a model that is read");
}

TEST_CASE("run without inputs tells what the model takes") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const auto result = run_etch({"run", (models / "mlperf_tiny/kws/kws_ref_model.tflite").string()});
  CHECK(result.code == 1);
  CHECK_THAT(result.err,
             Contains("takes 1 input: give a file for each, not 0: arrays (.npy, .npz), a table "
                      "(.csv), a picture (.png, .jpg), a recording (.wav), or raw numbers one after the "
                      "other\n"
                      "  input 0, '") &&
                 Contains("': 49x10x1 int8, scale ") && Contains("zero point 83, 490 bytes a sample\n"));
}

/// Writes zeros as an array of NumPy. \param shape "3, 4" \param type as "<f8" of as many bytes
void write_zeros(const fs::path& path, const std::string& shape, const std::string& type, std::size_t bytes) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + ",), }";
  header.append(117 - header.size(), ' ');
  std::ofstream(path, std::ios::binary) << std::string("\x93NUMPY\x01\0\x76\0", 10) << header << '\n'
                                        << std::string(bytes, '\0');
}

TEST_CASE("arrays whose axes are no samples are told, not taken apart") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string();
  const std::string array = (folder / "x.npy").string();
  for (const char* shape :
       {"49, 10, 1", "2, 49, 10", "2, 1, 49, 10, 1", "2, 490", "980", "2, 1, 490", "2, 7, 7, 10"}) {
    INFO(shape);
    const int samples = std::string(shape) == "49, 10, 1" ? 1 : 2;
    write_zeros(array, shape, "|i1", static_cast<std::size_t>(490 * samples));
    const auto result = run_etch({"run", model, array});
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Contains(samples == 1 ? "sample 0" : "sample 1"));
  }
  const std::string sine = (models / "tflm/hello_world_float.tflite").string();  // takes one number
  write_zeros(array, "5, 4, 1", "<f4", 80);
  CHECK_THAT(run_etch({"run", sine, array}).out, Contains("sample 19"));
  write_zeros(array, "10, 49, 40, 1", "|i1", 19'600);
  check_mistake({"run", model, array},
                "x.npy' has the shape 10x49x40x1, and input 0 of 'kws_ref_model' takes 49x10x1 a sample");
  write_zeros(array, "2, 1, 10, 49", "|i1", 980);
  check_mistake({"run", model, array},
                "has the shape 2x1x10x49, and input 0 of 'kws_ref_model' takes 49x10x1 a "
                "sample: the same axes in another order; numpy.transpose puts them right");
}

TEST_CASE("inputs that do not fit the model are told") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string model = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string();
  const std::string input = (models / "mlperf_tiny/golden/kws_input.bin").string();
  const std::string other = (models / "mlperf_tiny/golden/ad_input.bin").string();
  const std::string result = (folder / "y.bin").string();
  std::ofstream(folder / "empty.bin");
  std::ofstream(folder / "x.npy") << "no array";
  write_zeros(folder / "three.npy", "3", "<f8", 24);
  check_mistake({"run", model, (folder / "three.npy").string(), "-o", result},
                "has 3 numbers of type float64, and input 0 of 'kws_ref_model' takes 490 (49x10x1) a sample");
  std::ofstream(result) << "kept";
  check_mistake({"run", model, other, "-o", result},
                "has 640 bytes, and input 0 of 'kws_ref_model' takes 490 (49x10x1 numbers of int8) a sample");
  check_mistake({"run", model, (folder / "empty.bin").string(), "-o", result}, "has 0 bytes, and input 0");
  check_mistake({"run", model, (folder / "x.npy").string(), "-o", result}, "x.npy");
  check_mistake({"run", model, (folder / "none.bin").string(), "-o", result}, "none.bin");
  CHECK_THAT(run_etch({"run", model, input, input, "-o", result}).err,
             Contains("takes 1 input: give a file for each"));
  check_mistake({"run", model, input, "-o", result, "-o", result}, "has 1 output");
  check_mistake({"run", model, input, "--float", "-o", result}, "not a whole number of floats");
  check_mistake({"run", model, input, "-o", (folder / "none/y.bin").string()}, "none/y.bin");
  std::string kept;
  std::ifstream(result) >> kept;
  CHECK(kept == "kept");
}

}  // namespace
