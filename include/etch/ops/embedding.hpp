// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/embedding.hpp>

namespace etch::ops {

/// Rows of a table, by index. Parameter: embeddings [input_dim, output_dim]. Indices have no gradient.
struct Embedding : OpDefaults {
  static constexpr const char* name = "Embedding";
  static constexpr bool trains = true;
  struct Attributes {
    int input_dim = 0;
    int output_dim = 0;
  };
  struct Description {
    Phase phase = Phase::forward;
    kernels::Embedding embedding;
    int trainable = 1;
  };

  static constexpr bool runs_in_parts(const Step&) { return true; }
  static constexpr const char* fault(const Step& s, const StepEnds&) {
    const auto a = unpack<Attributes>(s.attributes);
    return volume({a.input_dim, a.output_dim}) > 0 ? nullptr : "an embedding has a table that no array holds";
  }
  static constexpr StepOperands operands(const Step& s, const StepEnds& ends) {
    const auto a = unpack<Attributes>(s.attributes);
    StepOperands o;
    o.input(ends.x.elements);
    o.weight(volume({a.input_dim, a.output_dim}));
    o.result(volume({ends.x.elements, a.output_dim}));
    return o;
  }
  static constexpr GradientRule gradient(const Step&) { return {.needs_input = true}; }
  static constexpr bool reads_input(const Step& s) { return s.trainable; }

  static constexpr bool one_time(Step& s) {
    s.in.dim[0] = s.out.dim[0] = 1;
    return true;
  }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    const auto a = unpack<Attributes>(s.attributes);
    return {s.phase, {a.input_dim, a.output_dim, s.in.size()}, s.trainable};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    kernels::embedding_forward<T>(d.embedding, call.rows, p[0], p[1], p[2]);
  }
  template <class T, class R>
  [[gnu::always_inline]] static void run_backward(const Description& d, const kernels::Call& call,
                                                  TrainingOperands<T, R> p) {
    const BackwardLayout at = backward_layout({.needs_input = true}, 1, 1);
    if (d.trainable)
      kernels::embedding_backward<T>(d.embedding, call.hyper, call.rows, p[0], p[at.x], p.sink(at, 0));
    if (T* const dx = p[at.dx])
      for (int i = 0; i < call.rows * d.embedding.positions; ++i) dx[i] = T(0);
  }
};

}  // namespace etch::ops
