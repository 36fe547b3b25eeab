// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/run_program.hpp>
#include <codegen/testing/interpreter.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Runs a model's programs on memory of which every byte is watched.
namespace memory_check {

using namespace etch;

constexpr std::byte poison{0xff};  // four of them are a NaN, as an int -1
constexpr std::byte guard{0xa5};

/// A block of memory between two guards.
class Region {
 public:
  explicit Region(int bytes) : bytes_(static_cast<std::size_t>(bytes)), all_(bytes_ + 2 * margin, guard) {
    std::fill_n(data(), bytes_, std::byte{0});
  }
  std::byte* data() { return all_.data() + margin; }
  std::span<std::byte> span() { return {data(), bytes_}; }
  bool guards_stand() const {
    const auto outside = [](std::byte b) { return b != guard; };
    return std::none_of(all_.begin(), all_.begin() + margin, outside) &&
           std::none_of(all_.end() - margin, all_.end(), outside);
  }

 private:
  static constexpr std::size_t margin = 1024;
  std::size_t bytes_;
  std::vector<std::byte> all_;
};

/// All regions of a program.
struct Memory {
  Region weights, optimizer, gradients, arena, states;
  std::vector<Region> outputs;
  template <Sizes S>
  explicit Memory(const Program<S>& program)
      : weights(program.plan.weight_bytes),
        optimizer(program.plan.optimizer_bytes),
        gradients(program.plan.gradient_bytes),
        arena(program.plan.arena_bytes),
        states(program.plan.state_bytes) {
    const auto& g = program.graph;
    for (int k = 0; k < g.outputs.count; ++k)
      outputs.emplace_back(g.values[g.outputs[k]].elements * program.options.batch * 4);
  }
  bool guards_stand() const {
    bool stand = weights.guards_stand() && optimizer.guards_stand() && gradients.guards_stand() &&
                 arena.guards_stand() && states.guards_stand();
    for (const Region& output : outputs) stand = stand && output.guards_stand();
    return stand;
  }
};

/// The ops of which a step has been watched.
inline std::set<std::string>& watched_ops() {
  static std::set<std::string> names;
  return names;
}

/// What the caller gives.
struct Feed {
  std::vector<const void*> inputs, labels;
};

/// The steps from which and to which a value of the arena is needed, found anew without the planner. Inputs
/// are there before the first step.
struct Lifetime {
  int first = never, last = -1;
  static constexpr int never = std::numeric_limits<int>::max();
};

template <Sizes S>
std::vector<Lifetime> lifetimes(const Graph<S>& g) {
  std::vector<Lifetime> lives(static_cast<std::size_t>(g.values.count));
  for (const int v : g.inputs) lives[static_cast<std::size_t>(v)].first = -1;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; k < g.steps[s].inputs + g.steps[s].outputs; ++k) {
      const int v = g.operands[g.steps[s].first + k];
      if (v < 0 || g.values[v].role != Role::temporary) continue;
      Lifetime& life = lives[static_cast<std::size_t>(v)];
      life.first = std::min(life.first, s);
      life.last = s;
    }
  for (int k = 0; k < g.outputs.count; ++k)
    if (g.values[g.outputs[k]].role == Role::temporary)
      lives[static_cast<std::size_t>(g.outputs[k])].last = g.steps.count;
  return lives;
}

/// One program, run step by step: before each step, every byte of the arena that holds no live value is
/// poisoned; after it, every byte that is not the step's to write must stand as before.
template <Sizes S>
class Watch {
 public:
  Watch(const Program<S>& program, Memory& memory)
      : program_(program), memory_(memory), lives_(lifetimes(program.graph)) {}

  /// The first problem, or nothing.
  std::string run(int first, int last, const kernels::Call& call, const Regions& regions) {
    for (int s = first; s < last; ++s) {
      poison_dead(s);
      const auto arena = memory_.arena.span();
      const std::vector<std::byte> before(arena.begin(), arena.end());
      host::run_program(program_, s, s + 1, regions, call);
      const auto mine = written_by(s);
      for (std::size_t i = 0; i < before.size(); ++i)
        if (!mine[i] && arena[i] != before[i]) return at(s) + "writes arena byte " + std::to_string(i);
      if (!memory_.guards_stand()) return at(s) + "writes outside a region";
      watched_ops().insert(name_of_op(program_.graph.steps[s].op));
    }
    return "";
  }

 private:
  std::string at(int s) const {
    const Step& step = program_.graph.steps[s];
    return "step " + std::to_string(s) + " (" + name_of_op(step.op) + ") ";
  }
  static std::string name_of_op(int op) {
    std::string name;
    visit_op(op, [&](auto o) { name = decltype(o)::name; });
    return name;
  }
  void mark(std::vector<bool>& bytes, std::size_t v) const {
    const Value& value = program_.graph.values[static_cast<int>(v)];
    const int count = value.elements * (value.per_row ? program_.options.batch : 1) *
                      bytes_of(value.type, program_.options.dtype);
    for (int i = 0; i < count; ++i) {
      const auto byte = static_cast<std::size_t>(program_.plan.offset[v] + i);
      if (byte < bytes.size()) bytes[byte] = true;
    }
  }
  void poison_dead(int s) {
    std::vector<bool> alive(memory_.arena.span().size());
    for (std::size_t v = 0; v < lives_.size(); ++v)
      if (lives_[v].first < s && lives_[v].last >= s) mark(alive, v);
    const auto arena = memory_.arena.span();
    for (std::size_t i = 0; i < arena.size(); ++i)
      if (!alive[i]) arena[i] = poison;
  }
  /// The step's results and scratch; what begins at it, since weight gradients stand among a step's inputs;
  /// and the gradients that clipping and regularizers change in place.
  std::vector<bool> written_by(int s) const {
    const auto& g = program_.graph;
    const Step& step = g.steps[s];
    const bool updates = step.op == op_code<ops::Update> || step.op == op_code<ops::GradientNorm>;
    std::vector<bool> bytes(memory_.arena.span().size());
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands[step.first + k];
      if (v < 0 || g.values[v].role != Role::temporary) continue;
      const bool begins = lives_[static_cast<std::size_t>(v)].first == s;
      if (k >= step.inputs || begins || (updates && !g.values[v].per_row))
        mark(bytes, static_cast<std::size_t>(v));
    }
    return bytes;
  }

  const Program<S>& program_;
  Memory& memory_;
  std::vector<Lifetime> lives_;
};

/// The regions as a program takes them, of memory and feed that outlive them.
class Pointers {
 public:
  Pointers(Memory& memory, const Feed& feed) {
    for (Region& output : memory.outputs) outputs_.push_back(output.data());
    regions_ = {memory.weights.data(), memory.optimizer.data(), memory.gradients.data(),
                memory.arena.data(),   feed.inputs.data(),      outputs_.data(),
                feed.labels.data(),    memory.states.data()};
  }
  Pointers(const Pointers&) = delete;
  Pointers& operator=(const Pointers&) = delete;
  const Regions& regions() const { return regions_; }

 private:
  std::vector<void*> outputs_;
  Regions regions_;
};

inline bool same(Region& a, Region& b) {
  const auto x = a.span(), y = b.span();
  return x.empty() || std::memcmp(x.data(), y.data(), x.size()) == 0;
}

/// The same program with every value of the arena at a place of its own.
template <Sizes S>
std::unique_ptr<Program<S>> apart(const Program<S>& program) {
  auto copy = std::make_unique<Program<S>>(program);
  const auto& g = copy->graph;
  int end = 0;
  for (int v = 0; v < g.values.count; ++v) {
    if (g.values[v].role != Role::temporary) continue;
    copy->plan.offset[v] = end;
    end += etch::detail::value_bytes(g.values[v], copy->options);
  }
  copy->plan.arena_bytes = end;
  return copy;
}

template <Sizes S>
std::span<std::byte> bytes_in_arena(const Program<S>& program, Memory& memory, int v) {
  const Value& value = program.graph.values[v];
  const int rows = value.per_row ? program.options.batch : 1;
  const int bytes = value.elements * rows * bytes_of(value.type, program.options.dtype);
  return memory.arena.span().subspan(static_cast<std::size_t>(program.plan.offset[v]),
                                     static_cast<std::size_t>(bytes));
}

/// Writes inputs that lie in the arena.
template <Sizes S>
void feed_arena(const Program<S>& program, Memory& memory, const Feed& feed) {
  for (int k = 0; k < program.graph.inputs.count; ++k) {
    const int v = program.graph.inputs[k];
    if (program.graph.values[v].role != Role::temporary) continue;
    const auto to = bytes_in_arena(program, memory, v);
    std::memcpy(to.data(), feed.inputs.at(static_cast<std::size_t>(k)), to.size());
  }
}

/// Whether results that lie in the arena are the same.
template <Sizes S>
bool same_results(const Program<S>& a, Memory& a_memory, const Program<S>& b, Memory& b_memory) {
  bool equal = true;
  for (const int v : a.graph.outputs)
    if (a.graph.values[v].role == Role::temporary)
      equal = equal && std::ranges::equal(bytes_in_arena(a, a_memory, v), bytes_in_arena(b, b_memory, v));
  return equal;
}

/// Runs all steps once with all values apart and once watched, from the same weights; results, weights,
/// optimizer state and gradients must have the same bits. \param beyond percent of the lower bound that the
/// plan may need more. \returns the first problem, or nothing.
template <Sizes S>
std::string check_program(const Program<S>& program, std::span<const std::byte> weights,
                          const kernels::Call& call, const Feed& feed, int beyond = 10) {
  if (program.plan.arena_bytes > program.plan.lower_bound + program.plan.lower_bound * beyond / 100)
    return "the plan needs " + std::to_string(program.plan.arena_bytes) + " bytes, the lower bound is " +
           std::to_string(program.plan.lower_bound);
  const auto wide = apart(program);
  Memory plain(*wide), watched(program);
  for (Memory* memory : {&plain, &watched})
    std::copy(weights.begin(), weights.end(), memory->weights.span().begin());
  feed_arena(*wide, plain, feed);
  feed_arena(program, watched, feed);
  const Pointers plain_pointers(plain, feed), watched_pointers(watched, feed);
  const int steps = program.graph.steps.count;
  const std::string problem = Watch<S>(program, watched).run(0, steps, call, watched_pointers.regions());
  if (!problem.empty()) return problem;
  host::run_program(*wide, 0, steps, plain_pointers.regions(), call);
  bool equal = same(plain.weights, watched.weights) && same(plain.optimizer, watched.optimizer) &&
               same(plain.gradients, watched.gradients) && same(plain.states, watched.states);
  for (std::size_t k = 0; k < plain.outputs.size(); ++k)
    equal = equal && same(plain.outputs[k], watched.outputs[k]);
  equal = equal && same_results(*wide, plain, program, watched);
  return equal ? "" : "a step reads memory that holds no value of its own";
}

}  // namespace memory_check
