// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/statements.hpp>

#include <algorithm>
#include <limits>

namespace etch::host::declare {

namespace {

/// Which variable holds a value, from its making to its last reading.
class Variables {
 public:
  explicit Variables(const Declaration& declaration)
      : last_(declaration.inputs.size() + declaration.calls.size(), -1), name_(last_.size()) {
    for (std::size_t i = 0; i < declaration.calls.size(); ++i)
      for (const int value : declaration.calls[i].inputs) last_[at(value)] = static_cast<int>(i);
    for (const int value : declaration.outputs) last_[at(value)] = std::numeric_limits<int>::max();
  }

  const std::string& of(int value) const { return name_[at(value)]; }
  /// Makes a value, in the variable of an input that `call` is the last to read if there is one.
  const std::string& make(int value, int call, const std::vector<int>& inputs) {
    for (const int input : inputs)
      if (last_[at(input)] <= call && std::ranges::find(free_, of(input)) == free_.end())
        free_.push_back(of(input));
    std::ranges::sort(free_, [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
    if (free_.empty()) {
      names_.push_back(name_of(names_.size()));
      free_.push_back(names_.back());
    }
    name_[at(value)] = free_.front();
    free_.erase(free_.begin());
    return of(value);
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  static std::size_t at(int value) { return static_cast<std::size_t>(value); }
  static std::string name_of(std::size_t number) {
    constexpr const char* names[]{"x", "y", "z", "u", "v", "w"};
    return number < std::size(names) ? names[number] : "t" + std::to_string(number);
  }
  std::size_t place(const std::string& name) const {
    return static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
  }

  std::vector<int> last_;  // by value: the call that reads it last
  std::vector<std::string> name_, names_, free_;
};

/// A layer that is called again has a variable.
std::string shared_name(std::size_t call) { return "shared_" + std::to_string(call); }

}  // namespace

bool is_chain(const Declaration& d) {
  if (d.inputs.size() != 1 || d.outputs.size() != 1 || d.calls.empty()) return false;
  for (std::size_t i = 0; i < d.calls.size(); ++i)
    if (d.calls[i].same_as >= 0 || d.calls[i].inputs != std::vector{static_cast<int>(i)}) return false;
  return d.outputs[0] == static_cast<int>(d.calls.size());
}

std::vector<Statement> layers_of_chain(const Declaration& declaration) {
  std::vector<Statement> layers;
  for (const LayerCall& call : declaration.calls) layers.push_back({"model.add(", ");", &call});
  return layers;
}

FunctionBody body_of(const Declaration& d) {
  FunctionBody body;
  Variables variables(d);
  for (std::size_t k = 0; k < d.inputs.size(); ++k) {
    const Declaration::Input& input = d.inputs[k];
    const std::string name = input.name.empty() ? "" : ", " + quoted(input.name);
    body.inputs.push_back("Tensor " + variables.make(static_cast<int>(k), -1, {}) + " = g.input(" +
                          text_of(input.shape) + name + ");");
  }
  std::vector<bool> shared(d.calls.size());
  for (const LayerCall& call : d.calls)
    if (call.same_as >= 0) shared[static_cast<std::size_t>(call.same_as)] = true;
  for (std::size_t i = 0; i < d.calls.size(); ++i) {
    const LayerCall& call = d.calls[i];
    if (shared[i]) body.calls.push_back({"auto " + shared_name(i) + " = ", ";", &call});
    const bool has_variable = shared[i] || call.same_as >= 0;
    const std::string layer =
        has_variable ? shared_name(call.same_as < 0 ? i : static_cast<std::size_t>(call.same_as)) : "";
    std::vector<std::string> arguments;
    for (const int value : call.inputs) arguments.push_back(variables.of(value));
    const int value = static_cast<int>(d.inputs.size() + i);
    const std::string& to = variables.make(value, static_cast<int>(i), call.inputs);
    const std::string before = to + " = " + layer, after = "(" + joined(arguments) + ");";
    body.calls.push_back({before, after, has_variable ? nullptr : &call});
  }
  const std::vector<std::string>& names = variables.names();
  if (names.size() > d.inputs.size())
    body.inputs.push_back(
        "Tensor " + joined({names.begin() + static_cast<std::ptrdiff_t>(d.inputs.size()), names.end()}) +
        ";");
  std::vector<std::string> results;
  for (const int output : d.outputs) results.push_back(variables.of(output));
  body.result = results.size() == 1 ? results[0] : "outputs(" + joined(results) + ")";
  return body;
}

}  // namespace etch::host::declare
