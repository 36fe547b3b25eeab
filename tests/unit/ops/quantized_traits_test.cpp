// SPDX-License-Identifier: BSL-1.0
// What ops say of quantized steps, held against their rules and kernels, for every case of every op.
#include <catch2/catch.hpp>

#include <cstring>
#include <random>

#include "step_cases_quantized.hpp"
#include "step_cases_real.hpp"

namespace {

using namespace etch;
using namespace etch::test;

using StepGraph = Graph<Sizes{0, StepOperands::capacity + 1, 1, StepOperands::capacity + 1, 0}>;
using Bytes = std::vector<std::byte>;

template <class Op>
StepOperands operands_of(const Step& step, const StepCase& c) {
  const StepEnds ends{{volume(step.in), c.x}, {volume(step.out), c.y}};
  CHECK(Op::fault(step, ends) == nullptr);
  return Op::operands(step, ends);
}

Bytes random_bytes(const Operand& o, std::mt19937& random) {
  Bytes bytes(static_cast<std::size_t>(o.elements * bytes_of(o.type, DType::f32)));
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  for (std::size_t word = 0; o.type == ElementType::i32 && word < bytes.size(); word += 4) {
    const int small = static_cast<int>(random() % 2048) - 1024;
    std::memcpy(&bytes[word], &small, 4);
  }
  return bytes;
}

/// Weights of a case: its own numbers where it has some.
std::vector<Bytes> weights_of(const StepOperands& operands, const StepCase& c, std::mt19937& random) {
  std::vector<Bytes> weights;
  for (int k = 0; k < operands.weights; ++k) {
    weights.push_back(random_bytes(operands.item[operands.inputs + k], random));
    put_words(c, k, weights.back());
  }
  return weights;
}

std::vector<void*> pointers_to(std::vector<Bytes>& arrays) {
  std::vector<void*> pointers;
  for (Bytes& array : arrays) pointers.push_back(array.data());
  return pointers;
}

/// The result of a step, whose operands are put into a graph for its description.
template <class Op>
std::vector<std::int8_t> result_of(Step step, const StepOperands& operands, std::vector<Bytes> arrays) {
  StepGraph g;
  step.inputs = static_cast<std::uint8_t>(operands.inputs + operands.weights);
  step.outputs = static_cast<std::uint8_t>(operands.results);
  for (int k = 0; k < operands.count(); ++k)
    g.operands.push(static_cast<std::int16_t>(g.values.push(
        {static_cast<int>(operands.item[k].elements), Role::temporary, true, operands.item[k].type})));
  std::vector<std::int8_t> y(static_cast<std::size_t>(step.out.size()));
  const Value scratch = Op::scratch(step);
  Bytes scribbled(static_cast<std::size_t>(scratch.elements * bytes_of(scratch.type, DType::f32)));
  std::vector<void*> pointers = pointers_to(arrays);
  pointers.push_back(y.data());
  pointers.push_back(scribbled.data());
  Op::template run<float>(Op::describe(g, step), {.rows = 1}, {pointers.data()});
  return y;
}

template <class Op>
void check_ranges(const StepCase& c) {
  std::mt19937 random(7);
  const Step step = step_of(op_code<Op>, c);
  const StepOperands operands = operands_of<Op>(step, c);
  std::vector<Bytes> weights = weights_of(operands, c, random);
  const std::vector<void*> pointers = pointers_to(weights);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<Int8Range>> x;
    std::vector<Bytes> arrays;
    for (int k = 0; k < operands.inputs; ++k) {
      x.emplace_back();
      arrays.emplace_back();
      for (int i = 0; i < operands.item[k].elements; ++i) {
        const int low = static_cast<int>(random() % 256) - 128;
        const int width = random() % 2 ? static_cast<int>(random() % static_cast<unsigned>(128 - low)) : 0;
        x.back().push_back({static_cast<std::int8_t>(low), static_cast<std::int8_t>(low + width)});
        arrays.back().push_back(static_cast<std::byte>(low + static_cast<int>(random() % (1U + width))));
      }
    }
    arrays.insert(arrays.end(), weights.begin(), weights.end());
    const std::vector<Int8Ranges> ranges(x.begin(), x.end());
    std::vector<Int8Range> y(static_cast<std::size_t>(step.out.size()));
    Op::ranges(step, pointers.data(), ranges, y);
    const std::vector<std::int8_t> found = result_of<Op>(step, operands, arrays);
    for (std::size_t i = 0; i < y.size(); ++i) CHECK((y[i].low <= found[i] && found[i] <= y[i].high));
  }
}

/// Every second channel, from the first on.
std::vector<int> every_second(int channels, int of_each = 1) {
  std::vector<int> kept;
  for (int i = 0; i < channels; ++i)
    if (i / of_each % 2 == 0) kept.push_back(i);
  return kept;
}

/// What is left of a step is a step again, and its weights are what the rule of that asks for.
template <class Op>
void check_selection(const StepCase& c) {
  std::mt19937 random(11);
  Step step = step_of(op_code<Op>, c);
  const StepOperands operands = operands_of<Op>(step, c);
  std::vector<Bytes> weights = weights_of(operands, c, random);
  std::vector<WeightBlock> blocks;
  for (int k = 0; k < operands.weights; ++k)
    blocks.push_back({weights[static_cast<std::size_t>(k)].data(),
                      {static_cast<int>(operands.item[operands.inputs + k].elements)}});
  const bool apart = Op::channels(step) == Channels::apart;
  const auto in = every_second(step.in.last());
  const auto out = every_second(step.out.last(), apart ? step.out.last() / step.in.last() : 1);
  const std::vector<std::int64_t> sums(static_cast<std::size_t>(step.out.last()));
  REQUIRE(Op::select(step, {in, out, sums}, blocks));
  step.in.dim[static_cast<unsigned>(step.in.rank - 1)] = static_cast<int>(in.size());
  step.out.dim[static_cast<unsigned>(step.out.rank - 1)] = static_cast<int>(out.size());
  const StepOperands left = operands_of<Op>(step, c);
  for (int k = 0; k < left.weights; ++k)
    CHECK(left.item[left.inputs + k].elements == blocks[static_cast<std::size_t>(k)].shape.size());
  for (int k = 0; apart && k < left.inputs; ++k) CHECK(left.item[k].elements == volume(step.in));
}

/// What becomes a table has a function, which is what its kernel makes of each number.
template <class Op>
void check_function(const StepCase& c) {
  Step step = step_of(op_code<Op>, c);
  if (Op::int8_form(step) != Int8Form::table) return;
  step.in = step.out = {1};
  for (float x = -4; x <= 4; x += 0.25f) {
    float y = 0;
    void* const pointers[]{&x, &y};
    Op::template run<float>(Op::describe(StepGraph{}, step), {.rows = 1}, {pointers});
    CHECK(Op::template function<float>(step, x) == y);
  }
}

template <class Op>
void check_op() {
  INFO(Op::name);
  for (const StepCase& c : StepCases<Op>::all()) {
    if constexpr (requires { Op::template function<float>(Step{}, 0.0f); })
      check_function<Op>(c);
    else
      CHECK(Op::int8_form(step_of(op_code<Op>, c)) != Int8Form::table);
    if constexpr (&Op::ranges != &OpDefaults::ranges)
      if (c.x == ElementType::i8) check_ranges<Op>(c);
    if constexpr (&Op::channels != &OpDefaults::channels)
      if (Op::channels(step_of(op_code<Op>, c)) != Channels::together) check_selection<Op>(c);
  }
}

TEST_CASE("results lie in the ranges that ops say, and what they select is a step again", "[rules][dead]") {
  [&]<class... Ops>(OpPack<Ops...>) { (check_op<Ops>(), ...); }(OpList{});
}

}  // namespace
