// SPDX-License-Identifier: BSL-1.0
// Files that etch run and etch verify take beside arrays and raw numbers: tables, archives, pictures, labels,
// and outputs of other programs.
#include <runtime/host/data/npy.hpp>
#include <runtime/host/data/picture.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/temporary_folder.hpp>
#include <tests/unit/zip_writer.hpp>

#include <cstring>
#include <fstream>
#include <iterator>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

TEST_CASE("a table is taken as the array of its numbers, with names above them or not") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string sine = (models / "tflm/hello_world_int8.tflite").string();
  const auto run = [&](const char* name, const std::string& text) {
    write(folder / name, text);
    return run_etch({"run", sine, (folder / name).string()});
  };
  const float x[]{0.5f, 1.5f, 3.0f};
  write(folder / "x.bin", std::string(reinterpret_cast<const char*>(x), sizeof x));
  const auto raw = run_etch({"run", sine, "--float", (folder / "x.bin").string()});
  REQUIRE(raw.code == 0);
  CHECK(run("plain.csv", "0.5\n1.5\n3\n").out == raw.out);
  CHECK(run("named.csv", "angle\r\n0.5\r\n1.5\r\n3\r\n").out == raw.out);
  CHECK(run("row.csv", "0.5,1.5,3\n").out == raw.out);
  CHECK_THAT(run("word.csv", "angle\nhalf\n").err, Contains("word.csv"));
  CHECK(run("empty.csv", "").code == 1);
  const std::string kws = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string();
  CHECK_THAT(run_etch({"run", kws, (folder / "row.csv").string()}).err,
             Contains("has 3 numbers, and input 0 of 'kws_ref_model' takes 490 (49x10x1) a sample"));
}

TEST_CASE("outputs of another program are compared byte for byte, or within a tolerance") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string kws = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string(),
                    inputs = (models / "mlperf_tiny/golden/kws_vec16_input.bin").string();
  const auto verify = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"verify", kws, "--inputs", inputs, "--outputs"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_etch(arguments);
  };
  std::string theirs = bytes_of(models / "mlperf_tiny/golden/kws_vec16_output.bin");
  write(folder / "y.bin", theirs);
  const auto same = verify({(folder / "y.bin").string(), "--board", "m4"});
  INFO(same.err);
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Contains("192          0"));

  theirs[2 * 12 + 5] = static_cast<char>(theirs[2 * 12 + 5] + 2);
  write(folder / "y.bin", theirs);
  const auto other = verify({(folder / "y.bin").string()});
  CHECK(other.code == 1);
  CHECK_THAT(
      other.err,
      Contains("output 0 of 'kws_ref_model' differs in 1 of 192 numbers, most at number 5 of sample 2"));
  CHECK(verify({(folder / "y.bin").string(), "--tolerance", "0.008"}).code == 0);
  CHECK_THAT(verify({(folder / "y.bin").string(), "--tolerance", "0.007"}).err,
             Contains("by more than 0.007"));

  theirs.resize(15 * 12);
  write(folder / "y.bin", theirs);
  CHECK_THAT(verify({(folder / "y.bin").string()}).err, Contains("holds 15 samples, and the inputs 16"));
  CHECK_THAT(verify({(folder / "y.bin").string(), "--outputs", "z.bin"}).err, Contains("has 1 outputs"));
}

TEST_CASE("real numbers of another program are not rounded where a tolerance is given") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string kws = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string(),
                    inputs = (models / "mlperf_tiny/golden/kws_vec16_input.bin").string(),
                    table = (folder / "y.csv").string();
  std::ostringstream text;
  for (const char stored : bytes_of(models / "mlperf_tiny/golden/kws_vec16_output.bin"))
    text << (static_cast<int>(stored) + 128) / 256.0 + 0.001
         << '\n';  // less than half of what int8 can tell apart
  write(table, text.str());
  CHECK(run_etch({"verify", kws, inputs, "--outputs", table}).code == 0);
  CHECK(run_etch({"verify", kws, inputs, "--outputs", table, "--tolerance", "0.002"}).code == 0);
  CHECK(run_etch({"verify", kws, inputs, "--outputs", table, "--tolerance", "0.0005"}).code == 1);
}

TEST_CASE("numbers of outputs have names where a file has as many") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string kws = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string(),
                    inputs = (models / "mlperf_tiny/golden/kws_vec16_input.bin").string();
  std::string labels;
  for (int i = 0; i < 12; ++i) labels += "word " + std::to_string(i) + "\r\n";
  write(folder / "labels.txt", labels);
  CHECK_THAT(run_etch({"run", kws, inputs, "--top", "1", "--labels", (folder / "labels.txt").string()}).out,
             Contains("largest: 9 (word 9: 0.972656)\n"));
  write(folder / "labels.txt", labels + "more\n");
  CHECK_THAT(run_etch({"run", kws, inputs, "--labels", (folder / "labels.txt").string()}).err,
             Contains("has 13 labels, a line each, and an output of 'kws_ref_model' has 12 numbers"));
}

TEST_CASE("a picture becomes another size by the mean of areas, or between the middles of pixels") {
  using etch::host::Picture;
  const Picture four{2, 2, 1, {0, 100, 200, 60}};
  CHECK(etch::host::resized(four, 2, 2).pixels == four.pixels);
  CHECK(etch::host::resized(four, 1, 1).pixels == std::vector<std::uint8_t>{90});
  CHECK(etch::host::resized(four, 1, 2).pixels == std::vector<std::uint8_t>{100, 80});
  const Picture two{1, 2, 1, {0, 100}};
  CHECK(etch::host::resized(two, 1, 4).pixels == std::vector<std::uint8_t>{0, 25, 75, 100});
  const Picture three{1, 3, 1, {30, 60, 90}};
  CHECK(etch::host::resized(three, 1, 2).pixels == std::vector<std::uint8_t>{40, 80});
  const Picture colour{1, 2, 3, {10, 20, 30, 50, 60, 70}};
  CHECK(etch::host::resized(colour, 1, 1).pixels == std::vector<std::uint8_t>{30, 40, 50});
}

TEST_CASE(
    "a picture is stretched to the input, and its pixels are what the model's input can hold, or as told") {
  const fs::path models = models_folder();
  if (models.empty() || !etch::host::missing_picture_libraries().empty()) return;
  const std::string cat = (models.parent_path() / "cases/cat_720p.jpg").string(),
                    vww = (models / "mlperf_tiny/vww/vww_96_int8.tflite").string();
  const auto seen = run_etch({"run", vww, cat});
  INFO(seen.err);
  CHECK(seen.code == 0);
  CHECK_THAT(seen.out,
             Contains("1280 x 720 pixels, stretched to 96 x 96, from black to white 0 to 1, as the model"));
  CHECK(run_etch({"run", vww, cat, "--pixels", "0..1"}).out.find("as the model") == std::string::npos);
  CHECK_THAT(run_etch({"run", vww, cat, "--pixels", "0-1"}).err, Contains("--pixels takes"));
  CHECK_THAT(run_etch({"run", (models / "mlperf_tiny/ic/pretrainedResnet.tflite").string(), cat}).err,
             Contains("say it, by --pixels"));
  const TemporaryFolder folder;
  for (const std::size_t length : {0, 3, 100, 20000}) {
    write(folder / "cat.jpg", bytes_of(cat).substr(0, length));
    const auto cut = run_etch({"run", vww, (folder / "cat.jpg").string()});
    CHECK((cut.code == 1 || length == 20000));  // libjpeg fills in what is missing of the rows
  }
}

TEST_CASE("PNG files are read in grey and in colour, and damaged ones refused") {
  const fs::path models = models_folder();
  if (models.empty() || !etch::host::missing_picture_libraries().empty()) return;
  const std::string text = bytes_of(models / "tflm/mnist_lstm_samples_sample3.png");
  std::vector<std::uint8_t> file(text.begin(), text.end());
  const auto grey = etch::host::read_picture(file, 1, "3.png"),
             colour = etch::host::read_picture(file, 3, "3.png");
  CHECK((grey.rows == 28 && grey.columns == 28 && grey.pixels.size() == 28 * 28));
  REQUIRE(colour.pixels.size() == 3 * grey.pixels.size());
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
    CHECK(colour.pixels[3 * i] == grey.pixels[i]);
    CHECK(colour.pixels[3 * i + 2] == grey.pixels[i]);
  }
  CHECK_THROWS_WITH(etch::host::read_picture(std::span(file).first(60), 1, "3.png"), Contains("'3.png' is "));
  file[40] ^= 0x55;
  CHECK_THROWS_WITH(etch::host::read_picture(file, 1, "3.png"), Contains("'3.png' is "));
  CHECK_THROWS_WITH(etch::host::read_picture({}, 1, "3.png"), Contains("is no PNG or JPEG file"));
}

TEST_CASE("an archive gives its only array") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string sine = (models / "tflm/hello_world_int8.tflite").string(),
                    npy = (folder / "y.npy").string(), npz = (folder / "y.npz").string();
  write(folder / "x.csv", "0.5\n1.5\n");
  REQUIRE(run_etch({"run", sine, (folder / "x.csv").string(), "--float", "-o", npy}).code == 0);
  const std::string array = bytes_of(npy);
  const auto zip = [&](std::initializer_list<const char*> names) {
    ZipWriter writer;
    for (const char* name : names) writer.add(name, {array.begin(), array.end()}, true);
    const auto bytes = writer.finish();
    write(npz, {bytes.begin(), bytes.end()});
    return run_etch({"run", sine, npz});
  };
  CHECK(zip({"any.npy"}).out == run_etch({"run", sine, npy}).out);
  CHECK(zip({"a.npy", "b.npy"}).code == 1);
}

TEST_CASE("a model of uint8 names a cat, by numbers as people see them") {
  const fs::path models = models_folder();
  if (models.empty() || !etch::host::missing_picture_libraries().empty()) return;
  const fs::path cases = models.parent_path() / "cases";
  const auto seen = run_etch({"run", (cases / "mobilenet_v1_0.25_128_quant.tflite").string(),
                              (cases / "cat_720p.jpg").string(), "--labels",
                              (cases / "imagenet_labels.txt").string(), "--top", "3"});
  INFO(seen.err);
  CHECK(seen.code == 0);
  CHECK_THAT(seen.out, Contains("from black to white -1 to 0.992188, ") && Contains("tabby cat: 0."));
}

}  // namespace
