// SPDX-License-Identifier: BSL-1.0
// etch report: the page and its data. What a browser makes of it: tests/page.
#include <codegen/page/report_data.hpp>
#include <codegen/page/report_page.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/declare/declare.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/int8_models.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 300 * 1024;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// The data that a page holds.
Json data_in(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(begin) + begin.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

etch::host::ImportedModel model_named(const std::string& name) {
  Int8Models models(1);
  const etch::Tensor x = models.input({4}), y = models.dense(x, 3);
  auto model = models.model({y});
  model.name = name;
  for (auto& value : model.values) value.name = name;
  for (auto& op : model.operators) op.kind = name;
  return model;
}

TEST_CASE("names of a model do not leave their place in a page") {
  const std::string plain = etch::host::report_page(etch::host::report_data(model_named("dense"), {}));
  for (const std::string name : {"</script><b>bold</b>", "<!--<script>", "{{script}}", "\" onload=\"x",
                                 "&lt;", "\xff\xfe</ScRiPt>", "\u2028", ""}) {
    INFO(name);
    const std::string page = etch::host::report_page(etch::host::report_data(model_named(name), {}));
    for (const char* part : {"<script", "</script", "<b>", "<!--", "</title"})
      CHECK(count_of(page, part) == count_of(plain, part));
    const Json data = data_in(page);
    if (name.find('\xff') == std::string::npos) CHECK(data["model"] == name);
    CHECK(data["steps"].size() == 1);
  }
}

TEST_CASE("text between tags and JSON in a script are escaped") {
  CHECK(etch::host::text_in_page("a<b>\"&") == "a&lt;b&gt;&quot;&amp;");
  CHECK(etch::host::json_in_page(Json{{"<", "&>"}}) == "{\"\\u003c\":\"\\u0026\\u003e\"}");
}

TEST_CASE("a report is one small page of its own, with the numbers that inspect prints") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  const std::string kws = (models / "mlperf_tiny/kws/kws_ref_model.tflite").string();
  const auto result =
      run_etch({"report", kws, "-o", (folder / "kws.html").string(), "--board", "bluepill", "--ram", "8K"});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const std::string page = text_of(folder / "kws.html");
  CHECK(page.size() < most_bytes);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    CHECK(count_of(page, outside) == (std::string(outside) == "http://" ? 1 : 0));  // a namespace of SVG
  const Json data = data_in(page);
  CHECK(data["board"] == "bluepill");
  CHECK(data["ram"] == 8192);
  CHECK(data["file_bytes"] == fs::file_size(kws));
  CHECK(data["memory"]["arena"] == data["plans"]["m3"]["outside"]["arena"]);
  CHECK(data["plans"]["m4"]["inside"]["ends"] == 0);
  for (const auto& board : data["boards"]) {
    INFO(board["name"]);
    CHECK(data["plans"].contains(board["target"].get<std::string>()));
  }
  long long macs = 0;
  for (const Json& step : data["steps"]) macs += step["macs"].get<long long>();
  CHECK(macs == 2'656'768);
  CHECK(data["arena"]["occupied"].size() == data["steps"].size());
  CHECK(data.find("training") == data.end());
}

TEST_CASE("a report of what was quantized has the error of each layer") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const TemporaryFolder folder;
  std::vector<float> samples(64);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i) / 10;
  std::ofstream(folder / "x.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(samples.data()), static_cast<std::streamsize>(samples.size() * 4));
  const auto result =
      run_etch({"report", (models / "tflm/hello_world_float.tflite").string(), "--int8", "--calibrate",
                (folder / "x.bin").string(), "-o", (folder / "sine.html").string()});
  INFO(result.err);
  REQUIRE(result.code == 0);
  const Json layers = data_in(text_of(folder / "sine.html"))["quantization"];
  REQUIRE(layers.size() >= 3);
  for (const Json& layer : layers) CHECK((layer["as"] == "int8" && layer["rms"].get<double>() > 0));
}

TEST_CASE("what cannot be reported leaves the file that was there") {
  const TemporaryFolder folder;
  std::ofstream(folder / "page.html") << "kept";
  std::ofstream(folder / "no_model") << "no model";
  CHECK(run_etch({"report", (folder / "no_model").string(), "-o", (folder / "page.html").string()}).code ==
        1);
  CHECK(text_of(folder / "page.html") == "kept");
}

inline constexpr auto small_network =
    etch::sequential(etch::Input{6}, etch::Dense{5, etch::relu}, etch::Dropout{0.5f}, etch::Dense{2});

TEST_CASE("what training takes grows with the batch, and with the optimizer's slots") {
  const auto declared = std::make_unique<etch::Graph<etch::declaration_capacity>>(
      etch::shrink<etch::declaration_capacity>(etch::graph<small_network>));
  const auto report = etch::host::training_report(*declared);
  REQUIRE(report);
  CHECK(report->weights == 4 * (6 * 5 + 5 + 5 * 2 + 2));
  CHECK(report->trained == report->weights);
  REQUIRE(report->needs.size() == 9);
  for (const auto& need : report->needs) {
    const int slots = need.optimizer == "SGD" ? 0 : need.optimizer == "Momentum" ? 1 : 2;
    CHECK((need.optimizer_state >= slots * report->weights &&
           need.optimizer_state <= slots * (report->weights + 32)));
  }
  CHECK(report->needs[2].arena > 8 * report->needs[0].arena);
  CHECK((report->forward > 0 && report->losses > 0 && report->steps > report->forward + report->losses));
  CHECK(report->map.occupied.size() == report->step_names.size());
}

}  // namespace
