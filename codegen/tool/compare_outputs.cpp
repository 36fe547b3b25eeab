// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_session.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/compare_outputs.hpp>
#include <codegen/tool/progress_line.hpp>
#include <runtime/host/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

namespace etch::tool {

namespace {

/// Numbers that are the same where both are none.
double distance(double found, double expected) {
  if (std::isnan(found) || std::isnan(expected))
    return std::isnan(found) && std::isnan(expected) ? 0 : std::numeric_limits<double>::infinity();
  return found == expected ? 0 : std::abs(found - expected);
}

void add(OutputDifference& to, const std::vector<float>& found, std::span<const float> expected,
         double tolerance, std::size_t sample) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto x = static_cast<double>(found[i]), y = static_cast<double>(expected[i]);
    const double far = distance(x, y);
    ++to.numbers;
    to.different += far > 0 ? 1 : 0;
    to.beyond += far > std::max(tolerance, 0.0) ? 1 : 0;
    to.rms += far * far;
    if (far <= to.largest) continue;
    to.largest = far;
    to.sample = sample;
    to.place = i;
    to.found = x;
    to.expected = y;
  }
}

/// What each output should be: real numbers, rounded to stored ones where no tolerance is given.
std::vector<std::vector<float>> expected_outputs(const host::ImportedModel& model, std::size_t samples,
                                                 const OutputCheck& check, const SampleOptions& options) {
  const auto& ends = model.graph->outputs;
  if (check.files.size() != static_cast<std::size_t>(ends.count))
    throw Error("'" + model.name + "' has " + std::to_string(ends.count) +
                " outputs: give --outputs a file for each, not " + std::to_string(check.files.size()));
  std::vector<std::vector<float>> all;
  for (int k = 0; k < ends.count; ++k) {
    const std::string& file = check.files[static_cast<std::size_t>(k)];
    const std::string what = "output " + std::to_string(k);
    all.push_back(
        check.tolerance < 0
            ? host::real_numbers(model, ends[k], read_values(file, model, ends[k], what, options).bytes)
            : read_reals(file, model, ends[k], what, options));
    const std::size_t found =
        all.back().size() / static_cast<std::size_t>(host::value_of(model, ends[k]).elements);
    if (found != samples)
      throw Error("'" + file + "' holds " + std::to_string(found) + " samples, and the inputs " +
                  std::to_string(samples));
  }
  return all;
}

/// The two numbers, with all digits of a float where the first ones are the same.
std::string instead_of(const OutputDifference& o) {
  const auto exact = [](double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", number);
    return std::string(text);
  };
  std::string found = host::short_number(o.found), expected = host::short_number(o.expected);
  if (found == expected) found = exact(o.found), expected = exact(o.expected);
  return found + " instead of " + expected;
}

}  // namespace

std::vector<OutputDifference> compare_outputs(const host::ImportedModel& model,
                                              const std::vector<InputSamples>& inputs,
                                              const OutputCheck& check, const SampleOptions& options) {
  const auto expected = expected_outputs(model, inputs[0].count(), check, options);
  host::ModelSession session(model);
  std::vector<OutputDifference> outputs(expected.size());
  ProgressLine line;
  for (std::size_t i = 0; i < inputs[0].count(); ++i) {
    line.show("comparing, samples", static_cast<int>(i), static_cast<int>(inputs[0].count()));
    if (check.resets) session.reset();
    session.run(sample_of(inputs, i));
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const int output = static_cast<int>(k);
      const auto numbers = host::real_numbers(model, model.graph->outputs[output], session.output(output));
      add(outputs[k], numbers, std::span(expected[k]).subspan(i * numbers.size(), numbers.size()),
          check.tolerance, i);
    }
  }
  for (OutputDifference& o : outputs)
    o.rms = std::sqrt(o.rms / static_cast<double>(std::max<std::size_t>(o.numbers, 1)));
  return outputs;
}

void print_differences(const std::vector<OutputDifference>& outputs, std::ostream& out) {
  using enum host::TextTable::Align;
  host::TextTable table({{"output", right},
                         {"numbers", right},
                         {"different", right},
                         {"beyond tolerance", right},
                         {"largest", right},
                         {"rms", right},
                         {"where"}});
  const auto count = [](std::size_t n) { return host::grouped(static_cast<long long>(n)); };
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const OutputDifference& o = outputs[k];
    table.add({std::to_string(k), count(o.numbers), count(o.different), count(o.beyond),
               host::short_number(o.largest), host::short_number(o.rms),
               o.different == 0 ? ""
                                : "number " + std::to_string(o.place) + " of sample " +
                                      std::to_string(o.sample) + ": " + instead_of(o)});
  }
  table.print(out);
}

nlohmann::ordered_json differences_data(const std::vector<OutputDifference>& outputs) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const OutputDifference& o : outputs) {
    nlohmann::ordered_json data{{"numbers", o.numbers},
                                {"different", o.different},
                                {"beyond", o.beyond},
                                {"largest", o.largest},
                                {"rms", o.rms}};
    if (o.different > 0)
      data["where"] = {
          {"sample", o.sample}, {"number", o.place}, {"found", o.found}, {"expected", o.expected}};
    all.push_back(std::move(data));
  }
  return all;
}

std::string fault_of(const std::vector<OutputDifference>& outputs, const OutputCheck& check,
                     const std::string& model) {
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const OutputDifference& o = outputs[k];
    if (o.beyond == 0) continue;
    return "output " + std::to_string(k) + " of '" + model + "' differs in " +
           host::grouped(static_cast<long long>(o.beyond)) + " of " +
           host::grouped(static_cast<long long>(o.numbers)) + " numbers" +
           (check.tolerance < 0 ? "" : " by more than " + host::short_number(check.tolerance)) +
           ", most at number " + std::to_string(o.place) + " of sample " + std::to_string(o.sample) +
           ", which is " + instead_of(o);
  }
  return {};
}

}  // namespace etch::tool
