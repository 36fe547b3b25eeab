// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op_list.hpp>

namespace etch {

/// What the planner is told beside the graph.
struct PlanOptions {
  int batch = 1;
  int alignment = 8;  ///< bytes, a power of two
  DType dtype = DType::f32;
  int state_rows = 0;  ///< rows that states have room for; 0: as the batch
  /// The caller fills its inputs into the arena, at the offsets of `Graph::inputs`, before each run: their
  /// memory is used again as soon as nothing reads them.
  bool inputs_in_arena = false;
  int tries = 16;  ///< more orders of placement that are tried where results reach into their inputs
  int enough =
      0;  ///< with `tries` of them, also where no result reaches into its input, until so many bytes do
  /// Where placing all parts in their wholes does not pay, finds out for each, with `tries` of all orders:
  /// more than a compiler should do.
  bool each_part = false;
  /// Orders of steps that `make_program` follows at a time to find one that needs less; 0: as they are given.
  int beam = 0;
  constexpr bool operator==(const PlanOptions&) const = default;
};

namespace detail {

constexpr int aligned(int bytes, int alignment) { return (bytes + alignment - 1) / alignment * alignment; }

constexpr int exact_bytes(const Value& v, const PlanOptions& o) {
  const int rows = v.role == Role::state && o.state_rows > 0 ? o.state_rows : o.batch;
  return v.elements * (v.per_row ? rows : 1) * bytes_of(v.type, o.dtype);
}
constexpr int value_bytes(const Value& v, const PlanOptions& o) {
  return aligned(exact_bytes(v, o), o.alignment);
}

/// What kernels ask of the place of a value that stands within another: that of a caller's buffer.
constexpr int part_alignment(ElementType type, DType real) {
  return bytes_of(type, real) > 4 ? bytes_of(type, real) : 4;
}

/// Buffers of the arena: values that overwrite one another share one. Buffers of a group keep their
/// distances, so that a part stands within its whole. Raw arrays: constant evaluation is slow.
template <int N>
struct Buffers {
  int bytes[N]{}, first[N]{}, last[N]{}, offset[N]{};
  int of_value[N]{};
  int merged_at[N]{};  ///< the last step whose result took the buffer over: one result a step may
  int over[N]{};       ///< the buffer that this one may reach into when it begins, or -1
  int reach[N]{};      ///< how far its end may then lie past the other's start
  bool at_start[N]{};  ///< it may begin exactly where the other begins
  int shift[N]{};      ///< its place among those of its group
  int next[N]{};       ///< the next of its group, round about; of those that stand alone, themselves
  int count = 0;
  int alignment = 1;
  bool overlaps = false;  ///< some buffer may reach into another
  bool grouped = false;   ///< some group has more than one
  bool turned = false;    ///< offsets count from the end of the arena, see `turn`
};

/// Adds a buffer that is live from a step to another.
template <int N>
constexpr int add_buffer(Buffers<N>& b, int bytes, int first, int last) {
  b.bytes[b.count] = bytes;
  b.first[b.count] = first;
  b.last[b.count] = last;
  b.over[b.count] = -1;
  b.next[b.count] = b.count;
  return b.count++;
}

/// The first result of step `s` may reach into an input that dies there.
template <Sizes S, int N>
constexpr void note_overlap(Buffers<N>& b, const Graph<S>& g, const Step& step, int s,
                            const int (&last_use)[N], int buffer, const PlanOptions& o) {
  const Overlap overlap = overlap_of(step);
  const int victim = overlap.operand >= 0 ? g.operands.item[step.first + overlap.operand] : -1;
  const ElementType type = g.values.item[g.result(step)].type;
  int reach = overlap.bytes + overlap.elements * bytes_of(type, o.dtype);
  reach -= reach % o.alignment;  // what is placed from it on stays aligned
  if (victim < 0 || (reach <= 0 && !overlap.at_start) || g.values.item[victim].role != Role::temporary)
    return;
  const int other = b.of_value[victim];
  if (last_use[victim] != s || b.last[other] != s) return;
  b.over[buffer] = other;
  b.reach[buffer] = reach;
  b.at_start[buffer] = overlap.at_start;
  b.overlaps = true;
}

/// Makes `part` stand `distance` bytes past the start of `whole`, with the groups of both; false, and nothing
/// is changed, where any other two of them would meet.
template <int N>
constexpr bool join(Buffers<N>& b, int part, int whole, int distance) {
  const int move = b.shift[whole] + distance - b.shift[part];
  for (int e = b.next[part];; e = b.next[e]) {
    const int begin = b.shift[e] + move, end = begin + b.bytes[e];
    for (int f = b.next[whole];; f = b.next[f]) {
      const bool meets = b.first[e] <= b.last[f] && b.first[f] <= b.last[e] &&
                         begin < b.shift[f] + b.bytes[f] && b.shift[f] < end;
      if (f == part || (meets && !(e == part && f == whole))) return false;
      if (f == whole) break;
    }
    if (e == part) break;
  }
  for (int e = b.next[part];; e = b.next[e]) {
    b.shift[e] += move;
    if (e == part) break;
  }
  const int after = b.next[part];
  b.next[part] = b.next[whole];
  b.next[whole] = after;
  return b.grouped = true;
}

/// Places what a step only copies: an operand that dies at the step lies where its numbers go in the result;
/// a result that is part of an operand lies in that.
template <Sizes S, int N>
constexpr void place_parts(Buffers<N>& b, const Graph<S>& g, const Step& step, int s,
                           const int (&last_use)[N], const PlanOptions& o, unsigned joined) {
  Part p = part_of(step, 0);
  for (int k = 0; p.part >= 0; p = part_of(step, ++k)) {
    if ((joined >> k & 1) == 0) continue;
    const int part = g.operands.item[step.first + p.part], whole = g.operands.item[step.first + p.whole];
    if (g.values.item[part].role != Role::temporary || g.values.item[whole].role != Role::temporary) continue;
    const int buffer = b.of_value[part], size = b.bytes[buffer];
    const int bytes = exact_bytes(g.values.item[part], o);
    const int distance = p.element * bytes_of(g.values.item[part].type, o.dtype);
    const bool dies = last_use[part] == s && b.last[buffer] == s;
    if ((p.part < step.inputs && !dies) || aligned(bytes, o.alignment) < size) continue;
    if (distance % part_alignment(g.values.item[part].type, o.dtype) != 0) continue;
    b.bytes[buffer] = bytes;
    if (!join(b, buffer, b.of_value[whole], distance)) b.bytes[buffer] = size;
  }
}

/// Nothing else that stands in the buffer's bytes is needed at step `s` or behind it.
template <int N>
constexpr bool alone(const Buffers<N>& b, int buffer, int s) {
  const int begin = b.shift[buffer], end = begin + b.bytes[buffer];
  for (int e = b.next[buffer]; e != buffer; e = b.next[e])
    if (b.last[e] >= s && b.shift[e] < end && begin < b.shift[e] + b.bytes[e]) return false;
  return true;
}

/// The parts that are placed in their wholes, by step: a bit each.
template <Sizes S>
struct Joined {
  unsigned parts[S.steps > 0 ? S.steps : 1]{};
};
template <Sizes S>
constexpr Joined<S> all_joined() {
  Joined<S> joined;
  for (unsigned& parts : joined.parts) parts = ~0u;
  return joined;
}

/// First and last step of each arena value; merges a result into the operand it may overwrite when that dies
/// there.
template <Sizes S>
constexpr auto make_buffers(const Graph<S>& g, const PlanOptions& o, const Joined<S>& joined) {
  constexpr int n = S.values > 0 ? S.values : 1;
  Buffers<n> b;
  b.alignment = o.alignment;
  int last_use[n]{};
  for (int i = 0; i < n; ++i) b.of_value[i] = -1;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands.item[step.first + k];
      if (v >= 0) last_use[v] = s;
    }
  }
  for (int k = 0; k < g.outputs.count; ++k) last_use[g.outputs.item[k]] = g.steps.count;
  for (int k = 0; o.inputs_in_arena && k < g.inputs.count; ++k) {
    const int v = g.inputs.item[k];
    b.of_value[v] = add_buffer(b, value_bytes(g.values.item[v], o), 0, last_use[v]);
  }
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    const bool one_sample = o.batch == 1 && step.repeat == 1;
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands.item[step.first + k];
      if (v < 0 || g.values.item[v].role != Role::temporary || b.of_value[v] >= 0) continue;
      const int over = k >= step.inputs ? overwrites(step, k - step.inputs) : -1;
      const int victim = over >= 0 ? g.operands.item[step.first + over] : -1;
      if (victim >= 0 && g.values.item[victim].role == Role::temporary && last_use[victim] == s) {
        const int buffer = b.of_value[victim];
        if (b.bytes[buffer] >= exact_bytes(g.values.item[v], o) && b.last[buffer] == s &&
            b.merged_at[buffer] != s + 1 && alone(b, buffer, s)) {
          b.of_value[v] = buffer;
          b.last[buffer] = last_use[v];
          b.merged_at[buffer] = s + 1;
          continue;
        }
      }
      const int buffer = add_buffer(b, value_bytes(g.values.item[v], o), s, last_use[v]);
      b.of_value[v] = buffer;
      if (k == step.inputs && one_sample) note_overlap(b, g, step, s, last_use, buffer, o);
    }
    if (one_sample && joined.parts[s] != 0) place_parts(b, g, step, s, last_use, o, joined.parts[s]);
  }
  return b;
}

}  // namespace detail

}  // namespace etch
