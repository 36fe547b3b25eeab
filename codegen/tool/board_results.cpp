// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_program.hpp>
#include <codegen/tool/board_results.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <cstring>

namespace etch::tool {

namespace {

/// A part of the file for each step, and of that for each of its results.
class BoardFile {
 public:
  BoardFile(const std::filesystem::path& path, const host::ImportedModel& model, kernels::KernelSets sets)
      : path_(path.string()), model_(&model), program_(host::program_of(model, false, true, sets)) {
    const std::vector<std::uint8_t> file = host::read_file(path);
    const auto all = std::as_bytes(std::span(file));
    bytes_.assign(all.begin(), all.end());
    if (bytes_.empty()) refuse("holds no step");
  }

  bool ended() const { return at_ == bytes_.size(); }

  /// The results of all steps, by value.
  std::vector<std::vector<std::byte>> sample() {
    std::vector<std::vector<std::byte>> values(model_->values.size());
    for (int s = 0; s < program_->graph.steps.count; ++s) step(s, values);
    return values;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error("'" + path_ + "' " + what + ": it is no trace of '" + model_->name +
                "' as it is compiled for this board");
  }

  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size() - at_) refuse("ends within a step");
    at_ += count;
    return std::span(bytes_).subspan(at_ - count, count);
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  void step(int index, std::vector<std::vector<std::byte>>& values) {
    const auto& g = program_->graph;
    const Step& step = g.steps[index];
    const int results = step.outputs - (scratch_of(step).elements > 0 ? 1 : 0);
    std::size_t expected = 0;
    for (int k = 0; k < results; ++k) expected += host::bytes_of_sample(g.values[g.result(step, k)]);
    const std::uint32_t found = number(), bytes = number();
    if (found != static_cast<std::uint32_t>(index) || bytes != expected)
      refuse("has step " + std::to_string(found) + " of " + std::to_string(bytes) +
             " bytes instead of step " + std::to_string(index) + " of " + std::to_string(expected));
    for (int k = 0; k < results; ++k) {
      const int value = g.result(step, k);
      const auto part = take(host::bytes_of_sample(g.values[value]));
      const auto at = static_cast<std::size_t>(value);
      if (at < values.size()) values[at] = model_->values[at].kept.inflate({part.begin(), part.end()});
    }
  }

  std::string path_;
  const host::ImportedModel* model_;
  std::unique_ptr<host::ImportedProgram> program_;
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::vector<OperatorResult>> board_results(const std::filesystem::path& path,
                                                       const host::ImportedModel& model,
                                                       kernels::KernelSets sets) {
  BoardFile file(path, model, sets);
  std::vector<std::vector<OperatorResult>> samples;
  while (!file.ended()) {
    const auto values = file.sample();
    const auto bytes_of_value = [&](int value) { return std::span(values[static_cast<std::size_t>(value)]); };
    samples.push_back(results_of(model, bytes_of_value));
  }
  return samples;
}

}  // namespace etch::tool
