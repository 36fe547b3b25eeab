// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/argument_order.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/declare/fit_in.hpp>
#include <etch/model/declare/train_only.hpp>

#include <boost/hana.hpp>

#include <iterator>
#include <string_view>
#include <type_traits>

namespace etch {

namespace hana = boost::hana;

/// The first element of `sequential`: the shape of one sample.
struct Input {
  Shape shape;
  int line = __builtin_LINE();
  constexpr Input(std::initializer_list<int> extents, int at = __builtin_LINE()) : shape(extents), line(at) {}
};

/// Tensors a functional model returns when it has more than one output.
template <int N>
struct Outputs {
  Tensor tensor[N];
};
template <class... T>
constexpr auto outputs(const T&... tensors) {
  return Outputs<static_cast<int>(sizeof...(T))>{{tensors...}};
}

namespace detail {

constexpr void record_outputs(Builder& g, const Tensor& t, int line) { g.output(t, line); }
template <int N>
constexpr void record_outputs(Builder& g, const Outputs<N>& all, int line) {
  for (const Tensor& t : all.tensor) g.output(t, line);
}
template <class T>
concept ResultOfDeclaration = requires(Builder& g, const T& t) {
  record_outputs(g, t, 0);
};

/// Constants are evaluated from left to right by every compiler (argument_order.hpp); a running program is
/// not.
constexpr void check_order(const Builder& g) {
  if (!std::is_constant_evaluated() && !g.runs())
    fail(
        "a declaration is traced by the compiler, as graph<declared>: in a running program g++ makes the "
        "arguments "
        "of a call from right to left, and numbers inputs and weights by that. trace_at_run_time does it all "
        "the "
        "same");
}

template <class T>
concept NamedLayer = requires(T& layer) {
  layer.state.path;
};
template <class T>
inline constexpr bool is_frozen = false;
template <class Part>
inline constexpr bool is_frozen<Frozen<Part>> = true;
template <class T>
concept Elements = requires(T& all) {
  std::begin(all), std::end(all);
};

/// Gives the leaf layers of a user's layer or model their paths: members by the names that
/// BOOST_HANA_ADAPT_STRUCT tells (a layer's own `name` goes before), elements of arrays and tuples by their
/// index.
template <class T>
constexpr void name_parts(T& object, Notes& notes, std::int16_t path);
template <class T>
constexpr void name_members(T& object, Notes& notes, std::int16_t parent, std::string_view name,
                            int index = -1) {
  if constexpr (is_frozen<T>) {
    name_members(object.part, notes, parent, name, index);
  } else if constexpr (NamedLayer<T>) {
    if (object.state.path >= 0) return;
    if constexpr (requires { std::string_view(object.name); }) {
      if (object.name) name = object.name, index = -1;
    }
    object.state.path = notes.child(parent, name, index);
  } else if constexpr (hana::Struct<T>::value || hana::is_a<hana::tuple_tag, T> || Elements<T>) {
    name_parts(object, notes, parent < 0 && name.empty() ? parent : notes.child(parent, name, index));
  }
}
template <class T>
constexpr void name_parts(T& object, Notes& notes, std::int16_t path) {
  int index = 0;
  if constexpr (hana::Struct<T>::value) {
    hana::for_each(hana::accessors<T>(), [&](auto accessor) {
      name_members(hana::second(accessor)(object), notes, path, hana::to<const char*>(hana::first(accessor)));
    });
  } else if constexpr (hana::is_a<hana::tuple_tag, T>) {
    hana::for_each(object, [&](auto& element) { name_members(element, notes, path, "", index++); });
  } else {
    for (auto& element : object) name_members(element, notes, path, "", index++);
  }
}

}  // namespace detail

/// A functional model: a callable that takes the Builder and returns its output, or `outputs(a, b)`.
template <class Define>
struct Functional {
  Define define;
  int line = 0;
  int first_layer = -1, end_layer = -1;

  /// Calls the model as a layer of another, on one tensor for each of its inputs: copy the declared model
  /// into a variable first. Called again, the variable shares its weights.
  template <class... More>
  constexpr auto operator()(const Tensor& x, const More&... more) {
    Builder& g = *x.builder;
    const Tensor inputs[]{x, more...};
    const bool shared = first_layer >= 0;
    if (!shared) first_layer = g.next_layer();
    const Replay before = shared ? g.replay({first_layer, end_layer}) : Replay{};
    const auto outside = g.feed(inputs);
    const auto result = define(g);
    g.feed(outside);
    if (shared)
      g.replay(before);
    else
      end_layer = g.next_layer();
    return result;
  }
  constexpr void trace(Builder& g) const {
    detail::check_order(g);
    using Result = decltype(define(g));
    if constexpr (detail::ResultOfDeclaration<Result>)
      detail::record_outputs(g, define(g), line);
    else
      define(g);
    g.finish(line);
  }
};
template <class Define>
constexpr auto functional(Define define, int line = __builtin_LINE()) {
  return Functional<Define>{define, line};
}

/// What a sequential model's function adds layers to, in loops if it likes.
class Stack {
 public:
  constexpr explicit Stack(const Tensor& input) : top_(input) {}
  template <class Layer>
  constexpr void add(Layer layer) {
    top_ = layer(top_);
  }
  constexpr const Tensor& top() const { return top_; }

 private:
  Tensor top_;
};

/// A stack of layers. `add` returns the longer stack, since each layer has a type of its own; `sequential`
/// with a function adds in a loop.
template <class Layers>
struct Sequential {
  Input in;
  Layers layers;
  LayerState state{};

  template <class L>
  constexpr auto add(L layer) const {
    auto longer = hana::append(layers, layer);
    return Sequential<decltype(longer)>{in, longer};
  }
  /// Calls the stack on a tensor: as a layer of another model. Called again, it shares its weights.
  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(x.shape == in.shape,
                     "a model is called on an input of another shape (elements are shown)", x.shape.size(),
                     in.shape.size(), in.line);
    Tensor y = x;
    Notes* const notes = x.builder->notes();
    const std::int16_t outside = notes ? notes->prefix : static_cast<std::int16_t>(-1);
    if (notes && state.path >= 0)
      notes->prefix = state.path;  // a member of a subclassed model: `encoder/dense`
    hana::for_each(layers, [&](auto& layer) { y = layer(y); });
    if (notes) notes->prefix = outside;
    return y;
  }
  constexpr void trace(Builder& g) const {
    detail::check_order(g);
    Sequential copy = *this;
    Tensor x = g.input(in.shape, nullptr, in.line);
    g.output(copy(x), in.line);
    g.finish(in.line);
  }
};
/// A stack that a function builds: `sequential(Input{28, 28}, [](Stack& model) { model.add(Flatten{}); ...
/// })`.
template <class Define>
requires requires(Define define, Stack& stack) { define(stack); }
constexpr auto sequential(Input in, Define define) {
  return functional(
      [in, define](Builder& g) {
        Stack stack(g.input(in.shape, nullptr, in.line));
        define(stack);
        return stack.top();
      },
      in.line);
}
template <class... L>
constexpr auto sequential(Input in, L... layers) {
  return Sequential<hana::tuple<L...>>{in, hana::make_tuple(layers...)};
}

/// A declared model whose products of floats meet sums by these numerics, on every target: part of what it
/// is, and of its hash. Without this it is `Numerics::separate`.
template <class Declared>
struct WithNumerics {
  Declared declared;
  Numerics numerics;
  int line = 0;

  constexpr void trace(Builder& g) const {
    declared.trace(g);
    g.graph.numerics = numerics;
  }
  constexpr Tensor operator()(const Tensor& x) const {
    x.builder->check(false, "a model with numerics of its own is no layer: declare those of the whole model",
                     0, 0, line);
    return x;
  }
};
/// `with_numerics(Numerics::fused, sequential(...))`: see docs/numbers.md.
template <class Declared>
constexpr auto with_numerics(Numerics numerics, Declared declared, int line = __builtin_LINE()) {
  return WithNumerics<Declared>{declared, numerics, line};
}

/// Traces a declaration while the program runs: for one that depends on what only then is known. It is the
/// graph that the compiler traces only if no call makes two tensors or layers in its arguments: which of them
/// g++ makes first is the other way round there. Give each a name instead.
template <class Declared>
void trace_at_run_time(const Declared& declared, Builder& g) {
  g.trace_at_run_time();
  declared.trace(g);
}

/// A subclassed model: a struct with `Tensor operator()(Tensor)` whose members are layers, arrays of layers
/// and structs of layers.
template <class Model>
struct Subclassed {
  Shape in;
  Model model;
  int line = 0;
  constexpr auto operator()(const Tensor& x) {
    x.builder->check(x.shape == in, "a model is called on an input of another shape (elements are shown)",
                     x.shape.size(), in.size(), line);
    return model(x);
  }
  constexpr void trace(Builder& g) const {
    detail::check_order(g);
    Model copy = model;
    if (g.notes()) detail::name_members(copy, *g.notes(), -1, "");
    Tensor x = g.input(in, nullptr, line);
    detail::record_outputs(g, copy(x), line);
    g.finish(line);
  }
};
template <class Model>
constexpr auto subclassed(Shape in, Model model = {}, int line = __builtin_LINE()) {
  return Subclassed<Model>{in, model, line};
}

}  // namespace etch
