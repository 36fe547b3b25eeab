// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/prepare/cut.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/progress_line.hpp>
#include <codegen/tool/samples.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <charconv>
#include <ostream>
#include <string_view>

namespace etch::tool {

namespace {

host::Calibration calibration_of(const std::string& ranges) {
  if (ranges.empty() || ranges == "least-error") return host::Calibration::least_error;
  if (ranges == "percentile") return host::Calibration::percentile;
  if (ranges == "min-max") return host::Calibration::min_max;
  throw Error("there is no way '" + ranges +
              "' to find ranges: --ranges takes least-error, percentile or min-max");
}

/// "49x40x1", or with commas.
Shape shape_of(std::string_view text) {
  Shape shape;
  const std::string text_given(text);
  for (bool more = true; more;) {
    int extent = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), extent);
    const auto length = static_cast<std::size_t>(read.ptr - text.data());
    more = length < text.size();
    const bool separated = !more || text[length] == 'x' || text[length] == ',';
    if (read.ec != std::errc() || extent < 1 || !separated || shape.rank == Shape::max_rank)
      throw Error("--shape '" + text_given + "' is not 1 to 4 extents of a sample, such as 49x40x1");
    shape.append(extent);
    text.remove_prefix(length + (more ? 1 : 0));
  }
  return shape;
}

std::string flag_of(const ModelOptions& options) { return options.int16 ? "--int16" : "--int8"; }

host::ImportOptions import_options(const ModelOptions& options) {
  host::ImportOptions import;
  for (const std::string& text : options.shapes) import.shapes.push_back(shape_of(text));
  return import;
}

host::ImportedModel quantized(const host::ImportedModel& model, const ModelOptions& options,
                              std::ostream& out, host::QuantizationReport* wanted) {
  host::QuantizeOptions how;
  how.activations = options.int16 ? ElementType::i16 : ElementType::i8;
  how.tflite_functions = options.tflite_functions;
  how.calibration = calibration_of(options.ranges);
  for (int k = 0; k < model.graph->inputs.count; ++k)
    if (model.graph->values[model.graph->inputs[k]].type != ElementType::real)
      throw Error("'" + model.name + "' is quantized already: leave " + flag_of(options) + " out");
  const std::vector<InputSamples> inputs = read_inputs(options.calibrate, model, {.raw_floats = true});
  std::vector<std::span<const float>> samples;
  for (const InputSamples& input : inputs)
    samples.emplace_back(reinterpret_cast<const float*>(input.bytes.data()),
                         input.bytes.size() / sizeof(float));
  ProgressLine line;
  how.progress = [&](const char* what, int done, int of) { line.show(what, done, of); };
  host::QuantizationReport report;
  host::ImportedModel result =
      host::quantize(model, samples, how, options.report || wanted ? &report : nullptr);
  line.clear();
  if (wanted) *wanted = report;
  if (options.report) out << text_of(report) << '\n';
  return result;
}

/// Options that go together.
void check_quantization(const ModelOptions& options) {
  const bool quantizes = options.int8 || options.int16;
  if (options.int8 && options.int16)
    throw Error("--int8 and --int16 exclude each other: give the one that activations become");
  if (quantizes && options.calibrate.empty())
    throw Error(flag_of(options) + " needs --calibrate with samples like those that the model will see");
  if (!quantizes && !options.ranges.empty())
    throw Error("--ranges goes with --int8 or --int16: give one of them too");
  if (!quantizes && !options.weights.narrows() && (!options.calibrate.empty() || options.report))
    throw Error(
        "--calibrate and --report go with --int8 or --int16, or with --weights int4: give one of them too");
  check_weights_option(options.weights, !options.calibrate.empty());
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options) {
  command.add_option("model", options.file, "A model file")->required();
  command
      .add_option("--shape", options.shapes,
                  "The shape of a sample, as 49x40x1, where the file leaves it open; for each input")
      ->allow_extra_args(false);
  command.add_option("--cut", options.cut,
                     "Take the model only up to this value, a name or the number of an operator, as its "
                     "output");
  command.add_flag("--int8", options.int8, "Quantize the model first: weights and activations of int8");
  command.add_flag("--int16", options.int16,
                   "Quantize the model first: weights of int8, activations of int16 (16x8)");
  command
      .add_option("--calibrate", options.calibrate,
                  "Samples to quantize with, for each input a .npy file or one of raw floats")
      ->allow_extra_args(false);
  command.add_option("--ranges", options.ranges,
                     "How ranges are found from the samples: least-error (if left out), percentile, min-max");
  add_weights_option(command, options.weights);
  command.add_flag("--report", options.report, "Print how far each layer is from the model before");
}

host::ImportedModel load_model(const ModelOptions& options, std::ostream& out,
                               host::QuantizationReport* report) {
  check_quantization(options);  // before anything is read
  const std::vector<std::uint8_t> file = host::read_file(options.file);
  return load_model(options, std::as_bytes(std::span(file)), out, report);
}

host::ImportedModel load_model(const ModelOptions& options, std::span<const std::byte> file,
                               std::ostream& out, host::QuantizationReport* report) {
  check_quantization(options);
  host::ImportedModel model = host::read_model(file, options.file, import_options(options));
  if (options.cut) model = host::cut(model, *options.cut);
  const bool quantizes = options.int8 || options.int16;
  if (quantizes) model = quantized(model, options, out, report);
  if (options.weights.narrows())
    model = narrowed(model, options.weights, options.calibrate, quantizes, options.report, out);
  return model;
}

host::ImportedModel load_declared_model(const ModelOptions& options) {
  if (options.cut) throw Error("a declaration is written of a whole model: leave --cut out");
  host::ImportOptions import = import_options(options);
  import.declared = true;
  return host::read_model(options.file, import);
}

}  // namespace etch::tool
