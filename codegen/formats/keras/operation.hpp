// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/keras/build.hpp>
#include <runtime/host/quoted.hpp>
#include <runtime/kernels/portable/binary.hpp>
#include <runtime/kernels/portable/reduce.hpp>
#include <runtime/kernels/portable/unary.hpp>

#include <algorithm>

namespace etch::host::keras {

using Tensors = std::vector<Tensor>;

/// An operation that is called: its arguments by name, its attributes, and what says no.
class Operation {
 public:
  Operation(std::string name, Json config, std::string path, Build& build)
      : name_(std::move(name)), config_(std::move(config)), path_(std::move(path)), build_(build) {}

  [[noreturn]] void fail(const std::string& what,
                         const std::string& advice = "build the model with layers alone") const {
    throw Error("layer " + in_quotes(path_) + " (" + name_ + ") " + what + "; " + advice);
  }

  /// The value of an argument: at its place, by one of its names, or an attribute.
  Value argument(const Call& call, std::size_t place, std::initializer_list<const char*> names) const {
    if (place < call.positional.size()) return call.positional[place];
    for (const char* name : names) {
      const auto found = call.named.find(name);
      if (found != call.named.end() && !found->second.empty()) return found->second[0];
      if (config_.contains(name)) return Value{{}, config_[name], {}};
    }
    return {};
  }
  Tensor tensor(const Value& value) const {
    if (!value.tensor) fail("is called on something else than a tensor");
    return *value.tensor;
  }
  double number(const Value& value) const {
    const Json& json = value.constant;
    if (json.is_array() && json.size() == 1 && json[0].is_number()) return json[0].get<double>();
    if (!json.is_number()) fail("has an argument that is no number");
    return json.get<double>();
  }
  int integer(const Value& value, int fallback) const {
    if (value.constant.is_null() && !value.tensor) return fallback;
    const double real = number(value);
    if (real != static_cast<double>(static_cast<int>(std::clamp(real, -1e6, 1e6))))
      fail("has an axis that is no whole number");
    return static_cast<int>(real);
  }
  /// Whole numbers of a list, null as -1.
  std::vector<int> integers(const Value& value) const {
    if (!value.constant.is_array()) fail("has a shape that is computed");
    std::vector<int> numbers;
    for (const Json& json : value.constant) {
      if (!json.is_null() && !json.is_number_integer()) fail("has a shape that is computed");
      numbers.push_back(json.is_null() ? -1 : integer(Value{{}, json, {}}, 0));
    }
    return numbers;
  }
  Tensor layer(const char* class_name, const Json& config, const Tensors& tensors) const {
    return make_keras_layer(class_name, config.dump(), {path_, build_.version})(tensors);
  }
  /// A number that a step reads as a weight, which is not trained.
  void add_number(Builder& g, LayerState& state, double number) const {
    Parameter parameter{{1}};
    parameter.trainable = false;
    const auto real = static_cast<float>(number);
    const auto bytes = std::as_bytes(std::span(&real, 1));
    build_.numbers[g.graph.parameters.count] = {path_ + "/number", {bytes.begin(), bytes.end()}};
    g.parameter(state, parameter);
  }

 private:
  std::string name_;
  Json config_;
  std::string path_;
  Build& build_;
};

inline Value only(const Tensor& tensor) { return {tensor, {}, {}}; }

/// Each element with a number, which is the second operand.
Tensor with_number(const Operation& op, kernels::BinaryKind kind, const Tensor& x, double number);
/// A function of each element.
Tensor function_of(kernels::UnaryKind kind, const Tensor& x);
/// A sum, mean, largest or smallest over the axes that are named, which stay as extents of 1 where it says
/// so.
Value reduced(const Operation& op, const Call& call, kernels::ReduceKind kind);

/// Part of a tensor, as Python's brackets take it: `x[:, 1:3]`. SlicingOpLambda of Keras 2, GetItem of 3.
Value get_item(const Operation& op, const Call& call);

}  // namespace etch::host::keras
