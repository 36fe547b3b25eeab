// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/file.hpp>
#include <codegen/model/model_session.hpp>
#include <runtime/host/error.hpp>
#include <tests/golden/onnx_cases.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <optional>
#include <sstream>

namespace etch::golden {

namespace {

namespace fs = std::filesystem;
using namespace host::onnx;

/// All axes in the order of memory; those of 1 come first.
std::vector<int> whole_order(const EndOrder& end) {
  std::vector<int> order;
  for (int i = 0; i < static_cast<int>(end.dims.size()); ++i)
    if (std::ranges::find(end.order, i) == end.order.end()) order.push_back(i);
  order.insert(order.end(), end.order.begin(), end.order.end());
  return order;
}

std::vector<std::byte> bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

bool is_stored(DataType type) { return type == DataType::int8 || type == DataType::uint8; }

struct Case {
  std::vector<std::byte> model;
  fs::path folder;
  std::vector<std::string> names;  ///< of inputs that are given
  std::vector<DataType> types;

  std::optional<Array> data(const std::string& kind, std::size_t i) const {
    const fs::path file = folder / "test_data_set_0" / (kind + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(file)) return {};
    return read_tensor(bytes_of(file), file.string());
  }
};

Case read_case(const fs::path& folder) {
  Case c{bytes_of(folder / "model.onnx"), folder, {}, {}};
  const File file = host::onnx::read_file(c.model, (folder / "model.onnx").string());
  for (const FileEnd& end : file.inputs) {
    const auto same = [&](const auto& initializer) { return initializer.first == end.name; };
    if (std::ranges::any_of(file.initializers, same)) continue;
    c.names.push_back(end.name);
    c.types.push_back(end.type);
  }
  return c;
}

/// Which inputs are constants, in the order of what is tried.
std::vector<std::vector<bool>> choices_of(const Case& c) {
  std::vector<bool> none(c.names.size()), numbers = none, others(c.names.size(), true);
  for (std::size_t i = 0; i < c.names.size(); ++i) numbers[i] = c.types[i] != DataType::float32;
  if (!others.empty()) others[0] = false;
  std::vector<std::vector<bool>> choices{none};
  for (const auto& more : {numbers, others})
    if (std::ranges::find(choices, more) == choices.end() && std::ranges::find(more, false) != more.end())
      choices.push_back(more);
  return choices;
}

std::string difference(const OnnxModel& model, std::size_t k, std::span<const std::byte> bytes,
                       const Array& expected) {
  const EndOrder& end = model.outputs[k];
  if (end.dims != expected.dims)
    return "has the shape " + text_of(end.dims) + ", not " + text_of(expected.dims);
  if (end.type != expected.type)
    return std::string("is of ") + name_of(end.type) + ", not of " + name_of(expected.type);
  const std::vector<double> y = output_numbers(end, bytes), wanted = reals(expected);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const bool same = y[i] == wanted[i] || (std::isnan(y[i]) && std::isnan(wanted[i])) ||
                      std::fabs(y[i] - wanted[i]) <= 1e-7 + 1e-3 * std::fabs(wanted[i]);
    if (same) continue;
    std::ostringstream text;
    text << "number " << i << " of output " << k << " is " << y[i] << ", not " << wanted[i];
    return text.str();
  }
  return {};
}

std::string run(const Case& c, const OnnxModel& model) {
  host::ModelSession session(model.model);
  std::vector<std::vector<std::byte>> inputs;
  for (const EndOrder& end : model.inputs) {
    const auto at = static_cast<std::size_t>(std::ranges::find(c.names, end.name) - c.names.begin());
    const auto numbers = c.data("input", at);
    if (!numbers) return "has no data for '" + end.name + "'";
    inputs.push_back(input_bytes(end, *numbers));
  }
  const std::vector<std::span<const std::byte>> spans(inputs.begin(), inputs.end());
  session.run(spans);
  for (std::size_t k = 0; k < model.outputs.size(); ++k) {
    const auto expected = c.data("output", k);
    if (!expected) return "has no data for '" + model.outputs[k].name + "'";
    const std::string wrong = difference(model, k, session.output(static_cast<int>(k)), *expected);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace

std::vector<std::byte> input_bytes(const EndOrder& end, const Array& numbers) {
  const std::vector<double> values = reals(transposed(numbers, whole_order(end)));
  std::vector<std::byte> bytes;
  for (const double v : values) {
    if (is_stored(end.type)) {
      bytes.push_back(static_cast<std::byte>(static_cast<int>(v) - (end.type == DataType::uint8 ? 128 : 0)));
      continue;
    }
    const auto real = static_cast<float>(v);
    const auto four = std::as_bytes(std::span(&real, 1));
    bytes.insert(bytes.end(), four.begin(), four.end());
  }
  return bytes;
}

std::vector<double> output_numbers(const EndOrder& end, std::span<const std::byte> bytes) {
  const std::vector<int> order = whole_order(end);
  std::vector<int> back(order.size());
  Dims dims;
  for (std::size_t i = 0; i < order.size(); ++i) {
    back[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    dims.push_back(end.dims[static_cast<std::size_t>(order[i])]);
  }
  const Array array{
      is_stored(end.type) ? DataType::int8 : DataType::float32, dims, {bytes.begin(), bytes.end()}};
  std::vector<double> numbers = reals(transposed(array, back));
  if (end.type == DataType::uint8)
    for (double& n : numbers) n += 128;
  return numbers;
}

OnnxOutcome run_onnx_case(const fs::path& folder) {
  OnnxOutcome outcome{folder.filename().string(), {}, {}, false, 0};
  try {
    const Case c = read_case(folder);
    for (const std::vector<bool>& constant : choices_of(c)) {
      try {
        Choices choices;
        for (std::size_t i = 0; i < constant.size(); ++i)
          if (constant[i])
            if (const auto numbers = c.data("input", i)) choices.constants.emplace(c.names[i], *numbers);
        const OnnxModel model = host::import_onnx(c.model, (folder / "model.onnx").string(), choices);
        outcome.constants = !choices.constants.empty();
        outcome.refused.clear();
        outcome.moves = model.moves;
        outcome.wrong = run(c, model);
        return outcome;
      } catch (const Error& error) {
        if (outcome.refused.empty()) outcome.refused = error.what();
      }
    }
  } catch (const Error& error) {
    outcome.refused = error.what();
  }
  return outcome;
}

std::vector<OnnxOutcome> run_onnx_cases(const fs::path& folder) {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(folder))
    if (fs::exists(entry.path() / "model.onnx")) cases.push_back(entry.path());
  std::ranges::sort(cases);
  std::vector<OnnxOutcome> outcomes;
  for (const fs::path& path : cases) outcomes.push_back(run_onnx_case(path));
  return outcomes;
}

fs::path onnx_test_data() {
  const char* const own = std::getenv("ETCH_ONNX_TESTDATA");
  const fs::path folder = own ? own : "/usr/share/libonnx-testdata/data";
  return fs::exists(folder / "node") ? folder : fs::path();
}

}  // namespace etch::golden
