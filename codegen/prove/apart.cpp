// SPDX-License-Identifier: BSL-1.0
#include <codegen/prove/apart.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <limits>

namespace etch::host {

namespace {

constexpr std::size_t alignment = 16;

/// Gives places in one region, one behind the other.
class Row {
 public:
  explicit Row(int most_fence) : most_fence_(static_cast<std::size_t>(most_fence)) {}
  /// A step over a value's end lands in the fence behind it.
  int place(std::size_t bytes) {
    const std::size_t at = end_;
    const std::size_t fence = std::clamp<std::size_t>(bytes, 64, most_fence_);
    end_ = (at + bytes + fence + alignment - 1) / alignment * alignment;
    if (end_ > std::numeric_limits<int>::max() / 4)
      throw Error("the model is too large to lie apart in memory");
    places_.push_back({static_cast<int>(at), static_cast<int>(bytes)});
    return places_.back().offset;
  }
  int bytes() const { return places_.empty() ? 0 : static_cast<int>(end_); }
  std::vector<Place> take() { return std::move(places_); }

 private:
  std::size_t most_fence_, end_ = 64;  // a fence before the first
  std::vector<Place> places_;
};

}  // namespace

ApartProgram place_apart(const ImportedProgram& program, int most_fence) {
  ApartProgram apart{std::make_unique<ImportedProgram>(program), {}, {}, {}};
  auto& plan = apart.program->plan;
  Row weights(most_fence), arena(most_fence), states(most_fence);
  for (int v = 0; v < program.graph.values.count; ++v) {
    const Value& value = program.graph.values[v];
    Row* const row = value.role == Role::temporary                                    ? &arena
                     : value.role == Role::state                                      ? &states
                     : value.role == Role::parameter || value.role == Role::statistic ? &weights
                                                                                      : nullptr;
    if (row) plan.offset[v] = row->place(bytes_of_sample(value));
  }
  plan.weight_bytes = weights.bytes();
  plan.arena_bytes = arena.bytes();
  plan.state_bytes = states.bytes();
  apart.weights = weights.take();
  apart.arena = arena.take();
  apart.states = states.take();
  return apart;
}

}  // namespace etch::host
