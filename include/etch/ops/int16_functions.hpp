// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op.hpp>
#include <runtime/kernels/portable/int16_functions.hpp>
#include <runtime/kernels/portable/int16_softmax.hpp>

namespace etch::ops {

/// Any function of one int16, by lines between the places of a table. Operands x i16 | table i16[513], from
/// the value of x = -32768 on, one every 128 | y i16.
struct Int16Table : OpDefaults {
  static constexpr const char* name = "Int16Table";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int elements = 0;
  };

  static constexpr int overwrites(const Step&, int) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_table(call.rows * d.elements, at[0], at[1], at[2]);
  }
};

/// Sigmoid or tanh. Operands x i16 | table i16[256], numbers i32[2] (`kernels::Int16SigmoidNumbers`) | y i16
/// of scale 2^-15.
struct Int16Gate : OpDefaults {
  static constexpr const char* name = "Int16Gate";
  struct Attributes {
    int tanh = 0;
  };
  struct Description {
    int elements = 0;
    int tanh = 0;
  };

  static constexpr int overwrites(const Step&, int) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.out.size(), unpack<Attributes>(s.attributes).tanh};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_gate(call.rows * d.elements, d.tanh, at[0],
                        *static_cast<const kernels::Int16SigmoidNumbers*>(p.pointer[2]),
                        static_cast<const std::uint16_t*>(p.pointer[1]), at[3]);
  }
};

/// Softmax over the last axis. Operands x i16 | scale i32[2], tables of exp and of 1 / (1 + x) i16[513]
/// (`kernels::Int16SoftmaxTables`) | y i16 of scale 2^-15.
struct Int16Softmax : OpDefaults {
  static constexpr const char* name = "Int16Softmax";
  struct Attributes {
    int unused = 0;
  };
  struct Description {
    int groups = 1, width = 1;
  };

  static constexpr int overwrites(const Step&, int) { return 0; }

  template <class G>
  static constexpr Description describe(const G&, const Step& s) {
    return {s.in.size() / s.in.last(), s.in.last()};
  }

  template <class T>
  [[gnu::always_inline]] static void run(const Description& d, const kernels::Call& call, Operands<T> p) {
    const Operands<std::int16_t> at{p.pointer};
    kernels::int16_softmax(call.rows * d.groups, d.width, at[0],
                           *static_cast<const kernels::Int8Scale*>(p.pointer[1]), {at[2], at[3]}, at[4]);
  }
};

}  // namespace etch::ops
