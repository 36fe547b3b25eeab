// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <runtime/host/plot/curves.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <vector>

using namespace etch;
using Catch::Contains;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}
int count(std::string_view text, std::string_view what) {
  int n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

inline constexpr auto net = sequential(Input{2}, Dense{3, softmax});
const std::vector<float> x{1, 0, 0, 1, -1, -1, 2, 1};
const std::vector<std::int32_t> y{0, 1, 2, 0};

}  // namespace

TEST_CASE("a history is drawn as curves, with those of validation", "[training_report]") {
  const TemporaryFolder folder;
  auto model = compile<net>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<4>);
  const Dataset data{x, y};
  const History plain = model.fit(data, {.epochs = 3, .silent = true});
  plot_history(plain, folder / "plain.svg");
  const std::string alone = text_of(folder / "plain.svg");
  CHECK(count(alone, "data-name=") == 2);
  CHECK_THAT(alone,
             Contains("data-name=\"loss\"") && Contains("data-name=\"accuracy\"") && !Contains("val_"));
  CHECK(error_of([&] { plain.get("val_loss"); }) ==
        "the history has no validation of this epoch: give fit validation data; epoch 2, counted from 0, has "
        "no "
        "'val_loss'");

  const History validated =
      model.fit(data, {.epochs = 5, .validation = &data, .validation_freq = 2, .silent = true});
  plot_history(validated, folder / "curves.svg");
  const std::string both = text_of(folder / "curves.svg");
  CHECK(count(both, "data-name=") == 4);
  CHECK_THAT(both, Contains("data-name=\"val_loss\"") && Contains("</svg>") && !Contains("nan"));
  CHECK(validated.get("val_loss", 1) > 0);
  CHECK_FALSE(error_of([&] { validated.get("val_loss", 2); }).empty());

  CHECK(error_of([&] { plot_history(validated, folder / "curves.png"); }) ==
        "a history is drawn as .svg, not as 'curves.png'; change the extension");
  CHECK_FALSE(error_of([&] { plot_history(plain, folder / "late.svg"); }).empty());
  CHECK_FALSE(error_of([&] { plot_history(History{}, folder / "none.svg"); }).empty());
}

TEST_CASE("curves of one epoch, of equal numbers and with gaps are drawn", "[training_report]") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const auto draw = [](std::vector<float> values) {
    const host::CurvePanel panel{"loss", {{"a<b", std::move(values)}}};
    return host::curves_svg("t", std::span(&panel, 1));
  };
  CHECK_THAT(draw({0.5f}), Contains("data-name=\"a&lt;b\"") && Contains("d=\"M70.0,150.0 h0.1\""));
  CHECK_THAT(draw({2, 2, 2}), Contains("d=\"M70.0,150.0 L300.0,150.0 L530.0,150.0\""));
  CHECK_THAT(draw({0, nan, 1, 0.5f}), Contains("d=\"M70.0,250.0 h0.1 M376.7,50.0 L530.0,150.0\""));
  CHECK(count(draw({nan}), "data-name") == 0);
  CHECK(count(draw({}), "data-name") == 0);
  CHECK_THAT(draw({-3e38f, 3e38f, std::numeric_limits<float>::infinity()}),
             !Contains("inf") && !Contains("nan"));
}

TEST_CASE("a confusion matrix prints as a table and is no number of the logs", "[training_report]") {
  auto model = compile<net>(SGD{}, SparseCategoricalCrossentropy{},
                            hana::make_tuple(ConfusionMatrix<3>{}, Accuracy{}), batch<4>);
  std::vector<std::string> seen;
  LambdaCallback watch{.on_epoch_end = [&](int, const Logs& logs) {
    for (const Reported& each : logs) seen.emplace_back(each.name);
  }};
  model.fit({x, y}, {.silent = true}, watch);
  CHECK(seen == std::vector<std::string>{"accuracy", "loss"});
  const Evaluation result = model.evaluate({x, y});
  CHECK(result["accuracy"] == result.metric[1]);
  CHECK(result.metric[0] == result.metric[1]);

  ConfusionMatrix<3> matrix;
  matrix.count[0][0].add(12), matrix.count[0][2].add(4), matrix.count[1][1].add(105);
  std::ostringstream out;
  out << matrix;
  CHECK(out.str() ==
        "true | predicted\n"
        "     |   0   1   2\n"
        "-----+------------\n"
        "   0 |  12   0   4   75.0 %\n"
        "   1 |   0 105   0  100.0 %\n"
        "   2 |   0   0   0\n");
  matrix.undecided.add(2);
  const std::string_view names[]{"cat", "lizard", "dog"};
  CHECK_THAT(matrix_text(matrix, names), Contains("   cat |     12      0      4   75.0 %\n") &&
                                             Contains("without a prediction (NaN): 2\n"));
  CHECK(error_of([&] { matrix_text(matrix, std::span(names).first(2)); }) ==
        "a confusion matrix of 3 classes takes as many names, not 2");
}
