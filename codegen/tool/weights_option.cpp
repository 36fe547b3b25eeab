// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/quantize/narrow_weights.hpp>
#include <codegen/tool/progress_line.hpp>
#include <codegen/tool/samples.hpp>
#include <codegen/tool/weights_option.hpp>
#include <runtime/host/error.hpp>

#include <cmath>
#include <ostream>

namespace etch::tool {

void add_weights_option(CLI::App& command, WeightsOption& option) {
  command.add_option("--weights", option.bits,
                     "Bits of a quantized model's weights: int8 (if left out); int4, 4 bits in every "
                     "convolution and dense layer that gets smaller; auto, in those that --max-error allows");
  command.add_option("--max-error", option.max_error,
                     "How far outputs may change by --weights auto, as a part of their size (0.05)");
}

void check_weights_option(const WeightsOption& option, bool samples) {
  if (!option.bits.empty() && option.bits != "int8" && !option.narrows())
    throw Error("there are no weights '" + option.bits + "': --weights takes int8, int4 or auto");
  if (option.max_error && option.bits != "auto")
    throw Error("--max-error goes with --weights auto: give that too, or leave it out");
  if (option.max_error && !(*option.max_error >= 0 && std::isfinite(*option.max_error)))
    throw Error("--max-error takes a part of the outputs' size, 0 or more, such as 0.05");
  if (option.bits == "auto" && !samples)
    throw Error(
        "--weights auto chooses layers by samples: give --calibrate with some that the model will see");
}

host::ImportedModel narrowed(const host::ImportedModel& model, const WeightsOption& option,
                             const std::vector<std::string>& calibrate, bool floats, bool table,
                             std::ostream& out) {
  std::vector<InputSamples> inputs;
  if (!calibrate.empty()) inputs = read_inputs(calibrate, model, {.raw_floats = floats});
  std::vector<host::StoredSample> samples;
  for (std::size_t i = 0; !inputs.empty() && i < inputs[0].count(); ++i)
    samples.push_back(sample_of(inputs, i));
  ProgressLine line;
  host::NarrowOptions how;
  how.choose = option.bits == "auto";
  if (option.max_error) how.max_error = *option.max_error;
  how.progress = [&](const char* what, int done, int of) { line.show(what, done, of); };
  host::NarrowReport report;
  host::ImportedModel result = host::narrow_weights(model, samples, how, &report);
  line.clear();
  out << (table ? table_of(report) + '\n' : "") << sentence_of(report) << '\n';
  return result;
}

}  // namespace etch::tool
