// SPDX-License-Identifier: BSL-1.0
// Every op of the list says which steps are legal. Damaged ones are refused, or they run within the arrays
// that they were given and write every result: the address sanitizer watches, since each operand is an
// allocation of its own exact size.
#include <catch2/catch.hpp>
#include <codegen/model/run_program.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/passes/rewrite.hpp>

#include <climits>
#include <memory>
#include <optional>

#include "step_arrays.hpp"
#include "step_cases_quantized.hpp"
#include "step_cases_real.hpp"

namespace {

using namespace etch;
using namespace etch::test;

using StepGraph = Graph<Interpreter<float>::PredictionProgram::room>;

/// More than what any case needs: nothing larger is run.
constexpr std::int64_t most_bytes = 1 << 21;

/// A step with its operands: what is damaged.
struct Trial {
  StepCase from;
  Step step;
  StepOperands operands;
  std::vector<bool> free;  // of each operand: its op does not say how many elements it has
};

StepEnds ends_of(const Step& step, ElementType x, ElementType y) {
  return {{volume(step.in), x}, {volume(step.out), y}};
}

void count_operands(Trial& t) {
  t.step.inputs = static_cast<std::uint8_t>(t.operands.inputs + t.operands.weights);
  t.step.parameters = static_cast<std::uint8_t>(t.operands.weights);
  t.step.outputs = static_cast<std::uint8_t>(t.operands.results);
}

/// The operands that the rule asks for now; nothing where it refuses the attributes or shapes.
bool ask_again(Trial& t) {
  if (volume(t.step.in) == 0 || volume(t.step.out) == 0) return false;
  const StepRule rule = rule_of(t.step.op);
  const StepEnds ends = ends_of(t.step, t.from.x, t.from.y);
  if (rule.fault(t.step, ends)) return false;
  t.operands = rule.operands(t.step, ends);
  t.free.clear();
  for (Operand& o : t.operands.item) {
    t.free.push_back(o.elements == Operand::any);
    if (t.free.back()) o.elements = 3;
  }
  count_operands(t);
  return true;
}

/// Whether the operands of a step can be said in a graph, which then holds no others.
bool put_operands(const Trial& t, StepGraph& g) {
  g.values.count = g.operands.count = 0;
  for (int k = 0; k < t.operands.count(); ++k) {
    const Operand& o = t.operands.item[k];
    if (o.elements < 0 || o.elements > most_elements) return false;
    const bool weight = k >= t.operands.inputs && k < t.operands.inputs + t.operands.weights;
    if (o.again >= 0) {
      g.operands.push(g.operands.item[o.again]);
      g.values.item[g.operands.item[o.again]].role = Role::state;
      continue;
    }
    const int times = weight ? 1 : t.step.repeat;
    g.operands.push(static_cast<std::int16_t>(
        g.values.push({static_cast<int>(o.elements) * times, weight ? Role::parameter : Role::temporary,
                       !weight, o.type})));
  }
  return true;
}

/// Why the constants of a step are refused, or null.
const char* constants_fault_of(const StepGraph& g, const Step& step, const StepCase& from) {
  std::vector<Array> arrays;
  std::vector<const void*> weights;
  const int data = step.inputs - step.parameters;
  for (int k = data; k < step.inputs; ++k) {
    const Value& v = g.values[g.operand(step, k)];
    Array& a = arrays.emplace_back(bytes_of(v));
    fill(a, v, static_cast<unsigned>(k));
    put_words(from, k - data, a.all());
    weights.push_back(a.data.get());
  }
  const StepEnds ends = ends_of(step, g.values[g.operand(step, 0)].type, g.values[g.result(step)].type);
  return visit_op(step.op,
                  [&](auto op) { return decltype(op)::constants_fault(step, ends, weights.data()); });
}

enum class Outcome { refused, ran, too_large };

/// A step of a file: refused, or run on exact arrays, where it writes all of its results.
Outcome outcome_of(const Trial& t) {
  static const auto g = std::make_unique<StepGraph>();
  if (!put_operands(t, *g) || step_fault(*g, t.step)) return Outcome::refused;
  std::int64_t bytes = 0;
  for (int v = 0; v < g->values.count; ++v) bytes += static_cast<std::int64_t>(bytes_of(g->values[v]));
  if (bytes > most_bytes) return Outcome::too_large;
  if (constants_fault_of(*g, t.step, t.from)) return Outcome::refused;
  const auto results_over = [&](int pattern) {
    return results_of(*g, t.step, t.from, pattern, [&](const kernels::Call& call, void* const* operands) {
      host::run_step(*g, t.step, call, operands);
    });
  };
  CHECK(results_over(0xa5) == results_over(0x5a));
  return Outcome::ran;
}

struct Counts {
  int refused = 0, ran = 0, too_large = 0, faults = 0;
  void add(Outcome o) { ++(o == Outcome::refused ? refused : o == Outcome::ran ? ran : too_large); }
};

constexpr std::int64_t damaged_words(std::int64_t word, int k) {
  constexpr std::int64_t others[]{-1, 0, 1, 1 << 20, INT_MAX, INT_MIN};
  return k < 6 ? others[k] : k == 6 ? word + 1 : word - 1;
}
constexpr int damages = 8;

/// Tries a damaged step on the operands that it had, and on those that it then asks for.
void try_both(Trial t, Counts& counts) {
  INFO("attributes " <<
       [&] {
         std::string text;
         for (const int word : t.step.attributes) text += std::to_string(word) + " ";
         return text;
       }() << ", in " << volume(t.step.in)
                     << ", out " << volume(t.step.out));
  counts.add(outcome_of(t));
  if (ask_again(t))
    counts.add(outcome_of(t));
  else
    ++counts.faults;
}

void damage_attributes(const Trial& good, int words, Counts& counts) {
  for (int w = 0; w < words; ++w)
    for (int k = 0; k < damages; ++k) {
      Trial t = good;
      auto& word = t.step.attributes[static_cast<std::size_t>(w)];
      word = static_cast<std::int32_t>(std::clamp<std::int64_t>(damaged_words(word, k), INT_MIN, INT_MAX));
      if (t.step.attributes != good.step.attributes) try_both(t, counts);
    }
}

void damage_shapes(const Trial& good, Counts& counts) {
  for (const bool of_input : {true, false})
    for (int axis = 0; axis < (of_input ? good.step.in : good.step.out).rank; ++axis)
      for (int k = 0; k < damages; ++k) {
        Trial t = good;
        Shape& shape = of_input ? t.step.in : t.step.out;
        int& extent = shape.dim[static_cast<std::size_t>(axis)];
        extent = static_cast<int>(std::clamp<std::int64_t>(damaged_words(extent, k), INT_MIN, INT_MAX));
        if (shape == (of_input ? good.step.in : good.step.out)) continue;
        // The operand follows its shape; the others stay.
        t.operands.item[of_input ? 0 : t.step.inputs].elements = volume(shape);
        try_both(t, counts);
      }
}

void damage_operands(const Trial& good, Counts& counts) {
  for (int k = 0; k < good.operands.count(); ++k) {
    for (const int other : {-1, 1}) {
      Trial t = good;
      t.operands.item[k].elements += other;
      if (t.operands.item[k].again >= 0) continue;
      INFO("operand " << k << " of " << t.operands.item[k].elements);
      const Outcome outcome = outcome_of(t);
      CHECK(outcome == (good.free[static_cast<std::size_t>(k)] ? Outcome::ran : Outcome::refused));
      counts.add(outcome);
    }
    for (const ElementType type : {ElementType::real, ElementType::i8, ElementType::i16, ElementType::i32}) {
      Trial t = good;
      if (type == t.operands.item[k].type || t.operands.item[k].again >= 0) continue;
      t.operands.item[k].type = type;
      counts.add(outcome_of(t));
    }
  }
}

void damage_constants(const Trial& good, Counts& counts) {
  for (std::size_t n = 0; n < good.from.numbers.size(); ++n)
    for (std::size_t w = 0; w < good.from.numbers[n].words.size(); ++w)
      for (int k = 0; k < damages + 2; ++k) {
        Trial t = good;
        int& word = t.from.numbers[n].words[w];
        const std::int64_t other = k < damages ? damaged_words(word, k) : k == damages ? 32 : -32;
        word = static_cast<int>(std::clamp<std::int64_t>(other, INT_MIN, INT_MAX));
        INFO("word " << w << " of weight " << good.from.numbers[n].weight << " is " << word);
        counts.add(outcome_of(t));
      }
}

/// Damages every case of an op. Returns how many steps were legal, but larger than what is run here.
template <class Op>
int check_rule() {
  INFO(Op::name);
  Counts words, other;
  for (const StepCase& c : StepCases<Op>::all()) {
    Trial good{c, step_of(op_code<Op>, c), {}, {}};
    INFO("case with input of " << volume(c.in) << ", result of " << volume(c.out));
    REQUIRE(ask_again(good));
    REQUIRE(outcome_of(good) == Outcome::ran);
    Trial twice = good;
    twice.step.repeat = 2;
    const bool whole = StepCases<Op>::whole_batch || good.operands.inputs == 0;
    CHECK(outcome_of(twice) == (whole ? Outcome::refused : Outcome::ran));
    int attribute_words = 0;
    if constexpr (requires { typename Op::Attributes; })
      attribute_words = sizeof(typename Op::Attributes) / 4;
    damage_attributes(good, attribute_words, words);
    damage_shapes(good, other);
    damage_operands(good, other);
    damage_constants(good, other);
  }
  if (StepCases<Op>::any_attributes)
    CHECK(words.faults == 0);
  else
    CHECK(words.faults > 0);
  CHECK(other.refused > 0);
  return words.too_large + other.too_large;
}

template <class... Ops>
int check_rules(OpPack<Ops...>) {
  return (check_rule<Ops>() + ... + 0);
}

TEST_CASE("damaged steps of every op are refused, or run within their arrays and write all results",
          "[rules]") {
  CHECK(check_rules(OpList{}) == 205);
}

}  // namespace
