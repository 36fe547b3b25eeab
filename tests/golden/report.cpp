// SPDX-License-Identifier: BSL-1.0
#include <tests/golden/report.hpp>
#include <tests/golden/run_fixture.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <span>

namespace golden {
namespace {

constexpr int rows = 3;

std::string reason_not_to_run(const Fixture& fixture) {
  for (const LayerCall& layer : fixture.layers) {
    if (layer.class_name.ends_with("3D")) return "three spatial axes: no layer of Etch";
  }
  return "";
}

bool rows_agree(const std::vector<float>& results, std::size_t size) {
  for (std::size_t at = size; at < results.size(); at += size) {
    if (std::memcmp(results.data(), &results[at], size * sizeof(float)) != 0) return false;
  }
  return results.size() == rows * size;
}

struct Row {
  int fixtures = 0, passed = 0, not_applicable = 0;
  double worst = 0;
  std::string reason;
};

std::map<std::string, Row> to_rows(const std::vector<Outcome>& outcomes) {
  std::map<std::string, Row> table;
  for (const Outcome& outcome : outcomes) {
    Row& row = table[outcome.group];
    row.fixtures += 1;
    row.passed += outcome.problem.empty() && outcome.not_applicable.empty() ? 1 : 0;
    row.not_applicable += outcome.not_applicable.empty() ? 0 : 1;
    row.worst = std::max(row.worst, outcome.error);
    if (!outcome.not_applicable.empty()) row.reason = outcome.not_applicable;
  }
  return table;
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return value == 0 ? "0" : text;
}

std::string to_line(const std::string& name, const Row& row) {
  const std::string worst = row.passed > 0 ? short_number(row.worst) : "";
  return "| " + name + " | " + std::to_string(row.fixtures) + " | " + std::to_string(row.passed) + " | " +
         std::to_string(row.not_applicable) + " | " + worst + " | " + row.reason + " |\n";
}

}  // namespace

double relative_error(std::span<const float> results, std::span<const float> expected) {
  double difference = 0, scale = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = std::abs(static_cast<double>(results[i]) - expected[i]);
    if (!(d <= difference)) difference = d;  // a NaN too
    scale = std::max(scale, std::abs(static_cast<double>(expected[i])));
  }
  return difference / scale;
}

Outcome check(const Fixture& fixture) {
  Outcome outcome{fixture.key, fixture.group, reason_not_to_run(fixture), "", 0};
  if (!outcome.not_applicable.empty()) return outcome;
  try {
    const auto results = run(fixture, rows);
    outcome.error = relative_error(results, fixture.expected.values);
    if (!rows_agree(results, fixture.expected.values.size())) {
      outcome.problem = "equal samples of a batch have other results";
    } else if (!(outcome.error <= tolerance)) {
      outcome.problem = "the result is wrong by " + short_number(outcome.error);
    }
  } catch (const std::exception& error) {
    outcome.problem = error.what();
  }
  return outcome;
}

std::string to_markdown(const std::vector<Outcome>& kerasjs, const std::vector<Outcome>& rtneural) {
  std::string text =
      "# Golden tests\n\n"
      "Published models of others, built from their Keras attributes and run by the interpreter, one row of "
      "the\n"
      "table a layer class. The error is the largest difference in an output, relative to the largest value "
      "that\n"
      "is expected in it; the fixtures have six decimals, of inputs and weights too. The bound is 1e-5, for "
      "a\n"
      "batch of three equal samples. Written by `build/tests/tests/golden/golden_tests '[write]'`, and "
      "compared\n"
      "with what the tests find by `golden_tests`; both take the fixtures from the folder "
      "`ETCH_MATERIAL`.\n\n"
      "## Layers and small models of keras.js (Keras 2)\n\n"
      "| layer | fixtures | passed | not applicable | worst error | why not applicable |\n"
      "|---|---|---|---|---|---|\n";
  Row all;
  for (const auto& [name, row] : to_rows(kerasjs)) {
    text += to_line(name, row);
    all.fixtures += row.fixtures;
    all.passed += row.passed;
    all.not_applicable += row.not_applicable;
    all.worst = std::max(all.worst, row.worst);
  }
  text += to_line("all", all);
  text +=
      "\nFixtures of data format channels_first run between two permutations. Those of `stateful` layers\n"
      "predict twice, the second time from the state of the first.\n\n"
      "## Models of RTNeural (Keras 2, series of 100 and more steps)\n\n"
      "| model | worst error |\n|---|---|\n";
  for (const Outcome& outcome : rtneural) {
    text += "| " + outcome.key + " | " + short_number(outcome.error) + " |\n";
  }
  text +=
      "\nAll but conv2d give the same bits when they stream, one time step a call.\n"
      "`full_model.json` has no published output, and the series gru_1d, gru_torch, lstm_1d, lstm_torch "
      "and\n"
      "conv_stateless no published model here.\n";
  return text;
}

}  // namespace golden
