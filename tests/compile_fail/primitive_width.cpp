// EXPECT: a layer called twice needs inputs of one width
// NUMBERS: 6 4
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

struct Scale : Primitive<Scale> {
  static constexpr const char* kind = "Scale";
  struct Attributes {
    int unused = 0;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return in; }
  static constexpr Shape weights(const Shape& in, const Attributes&) { return in; }
  template <class T>
  static void forward(const Attributes&, const PrimitiveForward<T>&) {}
  template <class T>
  static void backward(const Attributes&, const PrimitiveBackward<T>&) {}
};
inline constexpr auto wrong = functional([](Builder& g) {
  Scale shared{};  // HERE
  return Add{}(shared(g.input({4})), shared(g.input({6})));
});

static_assert(graph<wrong>.steps.count >= 0);
