// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/training_words.hpp>
#include <etch/model/training/compile_checks.hpp>
#include <runtime/host/data/csv.hpp>
#include <runtime/host/data/npy.hpp>
#include <runtime/host/data/npz.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace etch::tool {

namespace {

using Declared = Graph<declaration_capacity>;

struct NamedLoss {
  const char* name;
  LossKind kind;
};
constexpr NamedLoss losses[]{{"sparse_categorical_crossentropy", LossKind::sparse_categorical_crossentropy},
                             {"categorical_crossentropy", LossKind::categorical_crossentropy},
                             {"binary_crossentropy", LossKind::binary_crossentropy},
                             {"mean_squared_error", LossKind::mean_squared_error},
                             {"mean_absolute_error", LossKind::mean_absolute_error},
                             {"huber", LossKind::huber}};

struct NamedRule {
  const char* name;
  kernels::Rule rule;
};
constexpr NamedRule rules[]{
    {"sgd", kernels::Rule::sgd}, {"momentum", kernels::Rule::momentum}, {"adam", kernels::Rule::adam}};

template <class Named, std::size_t N>
const Named& named(const Named (&all)[N], const std::string& name, const char* option) {
  const auto* const found = std::ranges::find(all, name, &Named::name);
  if (found != std::end(all)) return *found;
  std::string names;
  for (const Named& one : all)
    names += (names.empty() ? "" : &one == &all[N - 1] ? " or " : ", ") + std::string(one.name);
  throw Error(std::string(option) + " takes " + names + ", not '" + name + "'");
}

/// The function whose result is an output.
ActivationKind function_before(const Declared& g, int output) {
  for (const Step& step : g.steps)
    if (g.result(step) == output) return etch::detail::plain_activation(step);
  return ActivationKind::linear;
}

/// \param labels of the output, or null where none are told: a softmax is then learnt from classes.
LossKind loss_for(const Declared& g, int k, const std::vector<std::int32_t>* labels) {
  const ActivationKind function = function_before(g, g.outputs[k]);
  if (labels ? !labels->empty() : function == ActivationKind::softmax)
    return LossKind::sparse_categorical_crossentropy;
  if (function == ActivationKind::softmax) return LossKind::categorical_crossentropy;
  return function == ActivationKind::sigmoid ? LossKind::binary_crossentropy : LossKind::mean_squared_error;
}

/// Numbers in a file of labels.
std::vector<float> numbers_in(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".npy") return host::load_npy(path).floats();
  if (extension == ".npz") {
    const host::NpzFile file = host::load_npz(path);
    if (file.arrays.size() == 1) return file.arrays[0].second.floats();
    throw Error("'" + path + "' has " + std::to_string(file.arrays.size()) + " arrays, and labels are one");
  }
  if (extension == ".csv") {
    const std::vector<std::uint8_t> bytes = host::read_file(path);
    const std::string text(bytes.begin(), bytes.end());
    const std::size_t first = text.find_first_not_of(" \t\"");
    const bool has_names = first != std::string::npos &&
                           std::string_view("+-.0123456789").find(text[first]) == std::string_view::npos;
    return host::read_csv(text, {.header = has_names}, path).values;
  }
  throw Error("'" + path + "' is no file of labels: give an array (.npy, .npz) or a table (.csv)");
}

/// As classes, of which an output has so many.
std::vector<std::int32_t> classes_of(const std::vector<float>& numbers, int classes,
                                     const std::string& path) {
  std::vector<std::int32_t> result;
  for (const float number : numbers) {
    if (!(number >= 0 && number < static_cast<float>(classes)) || std::trunc(number) != number)
      throw Error("'" + path + "': label " + std::to_string(result.size()) + " is " +
                  host::short_number(static_cast<double>(number)) +
                  ", and classes are whole numbers from 0 to " + std::to_string(classes - 1));
    result.push_back(static_cast<std::int32_t>(number));
  }
  return result;
}

}  // namespace

void read_training_labels(const std::vector<std::string>& paths, const Declared& declared,
                          const std::string& model, host::LabelledSamples& to) {
  const auto outputs = static_cast<std::size_t>(declared.outputs.count);
  if (paths.size() != outputs)
    throw Error("'" + model + "' has " + std::to_string(outputs) + (outputs == 1 ? " output" : " outputs") +
                ": give a file of labels for each with --labels, not " + std::to_string(paths.size()));
  for (std::size_t k = 0; k < outputs; ++k) {
    const Shape& shape = declared.output_shapes[static_cast<int>(k)];
    const auto size = static_cast<std::size_t>(shape.size()), width = static_cast<std::size_t>(shape.last());
    const std::vector<float> numbers = numbers_in(paths[k]);
    const bool classes = width > 1 && numbers.size() == to.count * (size / width);
    if (!classes && numbers.size() != to.count * size)
      throw Error("'" + paths[k] + "' has " + host::grouped(static_cast<long long>(numbers.size())) +
                  " labels, and " + host::grouped(static_cast<long long>(to.count)) + " samples have " +
                  (width > 1 ? host::grouped(static_cast<long long>(to.count * (size / width))) +
                                   " classes of output " + std::to_string(k) + ", or "
                             : "") +
                  host::grouped(static_cast<long long>(to.count * size)) + " numbers (" +
                  host::shape_text(shape) + " a sample)");
    for (std::size_t i = 0; !classes && i < numbers.size(); ++i)
      if (!std::isfinite(numbers[i]))
        throw Error("'" + paths[k] + "': label " + std::to_string(i) + " is no number");
    to.classes.push_back(classes ? classes_of(numbers, shape.last(), paths[k]) : std::vector<std::int32_t>());
    to.targets.push_back(classes ? std::vector<float>() : numbers);
  }
}

void add_training_words(CLI::App& command, TrainingWords& words) {
  command.add_option("--batch", words.batch, "Samples of a training step on the device (1 if left out)")
      ->check(CLI::Range(1, 65'536));
  command.add_option("--optimizer", words.optimizer,
                     "What trains there: sgd (if left out), momentum or adam");
  command.add_option("--loss", words.loss,
                     "The loss by Keras's name; without, as the labels and the model's last function say");
}

TrainingOptions training_options_of(const TrainingWords& words, const Declared& declared,
                                    const host::LabelledSamples* labels) {
  TrainingOptions options;
  options.rule = named(rules, words.optimizer, "--optimizer").rule;
  for (int k = 0; k < declared.outputs.count; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const std::vector<std::int32_t>* const classes = labels ? &labels->classes[at] : nullptr;
    LossSpec& loss = options.losses[at];
    loss.kind =
        words.loss.empty() ? loss_for(declared, k, classes) : named(losses, words.loss, "--loss").kind;
    if (classes && takes_classes(loss.kind) == classes->empty())
      throw Error(
          "--loss " + words.loss + " takes " +
          (classes->empty() ? "classes, and the labels are numbers" : "numbers, and the labels are classes"));
    if (takes_classes(loss.kind) && declared.output_shapes[k].last() < 2)
      throw Error("--loss " + words.loss + " takes classes, and output " + std::to_string(k) +
                  " has one number for each");
    loss.logits =
        takes_logits(loss.kind) && etch::detail::makes_no_probabilities(declared, declared.outputs[k]) ? 1
                                                                                                       : 0;
  }
  return options;
}

std::string losses_text(const TrainingOptions& options, int outputs) {
  std::string text;
  for (int k = 0; k < outputs; ++k) {
    const LossSpec& loss = options.losses[static_cast<std::size_t>(k)];
    text += (k > 0 ? "; " : "") + std::string(std::ranges::find(losses, loss.kind, &NamedLoss::kind)->name) +
            (loss.logits ? ", from logits" : "");
  }
  return text;
}

std::string training_text(const TrainingWords& words, const TrainingOptions& options, int outputs) {
  return losses_text(options, outputs) + ", " + words.optimizer + ", batch of " + std::to_string(words.batch);
}

}  // namespace etch::tool
