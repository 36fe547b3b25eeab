// SPDX-License-Identifier: BSL-1.0
// What is joined is computed where it goes, and what is split is used where it lies.
#include <etch/layers/layers.hpp>
#include <etch/model/program/program.hpp>
#include <etch/passes/infer.hpp>

namespace {

using namespace etch;

/// The prediction of what `declare` makes of inputs of 8.
template <auto Declare>
constexpr auto traced() {
  Builder g;
  Declare(g);
  g.finish(0);
  return g.graph;
}
template <auto Declare>
constexpr auto program_of(const PlanOptions& options = {}) {
  constexpr Sizes sizes = traced<Declare>().sizes();
  return make_program(infer(shrink<sizes>(traced<Declare>())), options, !options.inputs_in_arena);
}
/// Steps of an op, those that have nothing to do, and the place of operand `k` of the first, as to its start.
template <class P>
struct Steps {
  const P& program;
  int op;
  constexpr int idle() const {
    int count = 0;
    for (const Step& step : program.graph.steps)
      count += step.op == op && detail::copies_nothing(program, step);
    return count;
  }
  constexpr int from(int operand, int start, int nth = 0) const {
    for (const Step& step : program.graph.steps)
      if (step.op == op && nth-- == 0)
        return program.plan.offset[program.graph.operand(step, operand)] -
               program.plan.offset[program.graph.operand(step, start)];
    return -1;
  }
};
template <class P>
constexpr Steps<P> joins(const P& program) {
  return {program, op_code<ops::Concatenate>};
}

constexpr auto two = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  g.output(Dense{2}(Concatenate{}(Dense{6}(x), Dense{10, relu}(x))));
}>();
static_assert(joins(two).idle() == 1 && joins(two).from(0, 2) == 0 && joins(two).from(1, 2) == 6 * 4);
static_assert(two.plan.arena_bytes == 16 * 4 && two.plan.lower_bound == 16 * 4);

/// Rows of a batch lie one after the other: no part is in one piece.
constexpr auto batch = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  g.output(Dense{2}(Concatenate{}(Dense{6}(x), Dense{10}(x))));
}>({.batch = 2});
static_assert(joins(batch).idle() == 0 && batch.plan.arena_bytes == 2 * 2 * 16 * 4);

/// Nor along another axis than the outermost that is not 1.
constexpr auto inner = program_of<[](Builder& g) {
  const Tensor x = Reshape{{2, 4}}(Dense{8}(g.input({8})));
  g.output(Dense{2}(Flatten{}(Concatenate{2}(Permute{{1, 2}}(x), Permute{{1, 2}}(x)))));
}>();
static_assert(joins(inner).idle() == 0);
constexpr auto behind_one = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  g.output(Dense{2}(Flatten{}(Concatenate{2}(Reshape{{1, 8}}(Dense{8}(x)), Reshape{{1, 4}}(Dense{4}(x))))));
}>();
static_assert(joins(behind_one).idle() == 1);

/// The joined ones are joined again.
constexpr auto nested = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  const Tensor y = Concatenate{}(Dense{4}(x), Dense{8}(x));
  g.output(Dense{2}(Concatenate{}(Dense{6}(x), y, Dense{2}(x))));
}>();
static_assert(joins(nested).idle() == 2 && joins(nested).from(1, 2, 0) == 4 * 4 &&
              joins(nested).from(1, 3, 1) == 6 * 4);
static_assert(nested.plan.arena_bytes == 20 * 4);

/// One place is computed in, the other is copied to.
constexpr auto twice = program_of<[](Builder& g) {
  const Tensor x = Dense{8}(g.input({8}));
  g.output(Dense{2}(Concatenate{}(x, x)));
}>();
static_assert(joins(twice).idle() == 0 && joins(twice).from(0, 2) == 0 && twice.plan.arena_bytes == 16 * 4);

/// What is read later, or given as a result, or by the caller, keeps a place of its own.
constexpr auto read_later = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  const Tensor a = Dense{8}(x), b = Dense{8}(x);
  g.output(Add{}(Dense{8}(Concatenate{}(a, b)), b));
}>();
static_assert(joins(read_later).idle() == 0 && joins(read_later).from(0, 2) == 0);
static_assert(read_later.plan.arena_bytes == (16 + 8 + 8) * 4);
constexpr auto given = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  const Tensor a = Dense{8}(x);
  g.output(a);
  g.output(Dense{2}(Concatenate{}(x, a)));
}>();
static_assert(joins(given).idle() == 0 && given.plan.arena_bytes == 16 * 4);
constexpr auto result = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  g.output(Concatenate{}(Dense{4}(x), Dense{4}(x)));
}>();
static_assert(joins(result).idle() == 0 && result.plan.arena_bytes == 8 * 4);

/// Within the arena inputs and results are as others.
constexpr auto ends = program_of<[](Builder& g) {
  const Tensor x = g.input({8}), y = g.input({16});
  g.output(Concatenate{}(x, Dense{4}(y)));
}>({.inputs_in_arena = true});
static_assert(joins(ends).idle() == 1 &&
              ends.plan.offset[ends.graph.outputs[0]] == ends.plan.offset[ends.graph.inputs[0]]);

/// A part takes over what it is computed in place of, which then lies in the result too.
constexpr auto in_place = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  const Tensor a = Add{}(Dense{8}(x), Dense{8}(x));
  g.output(Dense{2}(Concatenate{}(Dense{8}(a), Add{}(a, x))));
}>();
static_assert(joins(in_place).idle() == 1 && in_place.plan.arena_bytes == 16 * 4);

/// Parts of 12 bytes: the second stands where kernels may find a caller's buffer, at 4 bytes.
constexpr auto odd = program_of<[](Builder& g) {
  const Tensor x = g.input({8});
  g.output(Dense{2}(Concatenate{}(Dense{3}(x), Dense{3}(x), Dense{3}(x))));
}>();
static_assert(joins(odd).idle() == 1 && odd.plan.arena_bytes == 40);

/// Halves of a value are used where they lie, and are not overwritten while the whole is needed.
constexpr Tensor half(const Tensor& x, int which) {
  LayerState none{};
  return x.builder->apply(op_rule<ops::Slice>, none,
                          pack(ops::Slice::Attributes{{{1, 1, 1, 8}, {8, 8, 8, 1}}, 8 * which}), {8},
                          {&x, 1});
}
constexpr auto halves = program_of<[](Builder& g) {
  const Tensor x = Dense{16}(g.input({8}));
  g.output(Dense{2}(Add{}(half(x, 1), half(x, 0))));
}>();
constexpr Steps<decltype(halves)> slices{halves, op_code<ops::Slice>};
static_assert(slices.idle() == 2 && slices.from(1, 0) == 8 * 4 && halves.plan.arena_bytes == 16 * 4);
constexpr auto whole_later = program_of<[](Builder& g) {
  const Tensor x = Dense{16}(g.input({8}));
  const Tensor y = Activation{ActivationKind::tanh}(Add{}(half(x, 0), half(x, 1)));
  g.output(Dense{2}(Concatenate{}(x, y)));
}>();
static_assert(Steps<decltype(whole_later)>{whole_later, op_code<ops::Slice>}.idle() == 2 &&
              whole_later.plan.arena_bytes == 24 * 4);

}  // namespace
