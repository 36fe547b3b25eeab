// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/attribute_checks.hpp>
#include <etch/ops/channels.hpp>
#include <etch/ops/computed_numbers.hpp>
#include <etch/ops/int8_form.hpp>
#include <etch/ops/int8_range.hpp>
#include <runtime/kernels/portable/activation_kind.hpp>
#include <runtime/kernels/portable/gradient_sink.hpp>

namespace etch {

namespace kernels {
struct Pad;
}

/// What an op's gradient needs. An op is a struct with
///   name, Attributes, Description      plain data; Description is what its kernels are specialised on
///   fault(step, ends)                  why no kernel of it can run with these attributes and shapes, as a
///                                      sentence, or null; without a default. A step may come from a
///                                      stranger's file: any 32-bit word and any shape with extents of at
///                                      least 1 has to be answered, in arithmetic of 64 bits
///   operands(step, ends)               every input, weight and result with elements and type, for a step
///                                      without fault; without a default. Builder, files, importers and
///                                      interpreter take an operand to be this, nothing else
///   constants_fault(step, ends, weights)  the same of numbers in weights that index or shift, when a model
///                                      is loaded; for a step without fault
///   gradient(step)                     a GradientRule
///   saved(step, k)                     the k-th value that training keeps for the backward pass
///   scratch(step)                      what the kernel of this phase scribbles on; no elements: nothing
///   scratch(step, sets)                the same for these sets of kernels, where that differs; see
///                                      runtime/kernels/kernel_sets.hpp
///   overwrites(step, output)           which operand an output may share memory with, or -1
///   overlap(step)                      the same for results of another size: see Overlap
///   part(step, k)                      what the step only copies: see Part
///   reads_input(step)                  backward: whether its kernel reads the inputs that `needs_input` asks
///                                      for; else they are null, and need not be kept
///   trains_channels(step)              backward: its kernel can make the gradients of some output channels
///                                      alone, those of `Step::chosen`
///   adds_gradient(step)                backward: it can add its first input gradient to what `Step::adds`
///                                      brings; `overwrites` then lets it take that place
///   runs_again                         a step that training runs twice on a batch gives the same results;
///                                      what it keeps beside them it leaves where `Step::again` says so
///   restores(step)                     its result follows from its first saved value (`Again::from_kept`),
///   and
///                                      may be null in `Again::from_inputs`
///   runs_in_parts(step)                training: a call for some samples of a batch does their part of the
///                                      call for all; sums over samples go on from what stands in memory
///                                      (`Step::in_parts`, `Rule::sum`), to the same bits
///   sums_from_product(step, k)         of a step that runs in parts: sums for weight k begin with their
///                                      first product, as from -0; else they begin with 0
///   macs(step)                         multiply-accumulates of one sample
///   identity(step)                     prediction leaves the step out: it only passes its input on
///   fuse_activation(words, kind)       takes the function after it into the step (prediction)
///   fuse_input_activation(words, kind) multiplies by the derivative of the function before it (backward)
///   one_time(step)                     makes it a step over a single time (streaming)
///   norm_fold(step), set_bias(words)   how batch normalization after it goes into its weights
///   split_activation(words)            takes the function out again that was fused; linear: there is none
///   samples_apart(step)                a call for some samples of a batch, whose operands begin there, does
///                                      just their part of the whole call
///   shared_parts(step)                 in how many parts, one after another, threads share a step whose
///                                      samples meet; 0: one thread does all
///   run_share<T>(description, call, operands, part, share)  what one of them does in a part; without a
///                                      default for an op that has parts
///   links<T>(description)              whether threads may share the sums of a sample too: each adds the
///                                      products of its weights where the one before it stopped
///   run_link<T>(description, operands, samples, share)  what one of them does for some samples; without a
///                                      default for an op that links
///   describe(graph, step)              the Description
///   run<T>(description, call, operands)  calls the kernel
///   trains                             it has weights, whose backward pass is a function of its own:
///   run_backward<T>(description, call, operands)  with `TrainingOperands`; without a default for such an op
///   whole_numbers                      its run<T> is the same for each T, since no operand is real: the
///                                      interpreter has it once
///
/// What the passes that quantize and shrink models ask of a step of one sample, in the forward pass. The
/// defaults are safe: an op that says nothing stays as it is, and keeps all of its operands.
///   int8_form(step)                    what it becomes in an int8 model; by default it stays real
///   function<T>(step, x)               what it makes of one number, where that form is a table. Without a
///                                      default
///   trained_numbers(step, k, weight)   how many numbers of weight k count as parameters of a model: not
///                                      tables, multipliers and what fills rows up
///   ranges(step, weights, x, y)        which numbers its result of int8 can be; by default any
///   computed(step, weights, x, numbers)  which whole numbers its portable kernel computes from data in these
///                                      ranges, for `etch prove`; by default nothing is known
///   table_address(step)                how an address of its kernel depends on data and still lies within a
///                                      weight, as a sentence; by default null: no address depends on data
///   tables(step)                       which weights those are, a bit for each; by default none
///   range_work(step)                   how many numbers that looks at, where it is more than its products
///   and results bounds(step)                       where it keeps the bounds of its result, if it has some
///   fuse_padding(step, pad, filling, weights)  takes the padding before it into its windows
///   channels(step)                     how channels pass; by default `together`, so that none is left out
///   select(step, kept, weights)        takes channels out of its attributes and weights; false where a bias
///                                      does not fit. Without a default for an op that has `channels`
///   fixed_sums(step, weights, x, channels, sums)  where channels mix: what each of `channels` of the input
///                                      adds to each of the result, row by row; by default nothing is fixed
///
/// Operands of a step, by phase (x inputs, w parameters, y result, s saved):
///   forward    x... w... | y..., scratch (where there is any)
///   training   x... w... | y... s..., scratch (where there is any)
///   backward   dy..., x... (if needs_input), y... (if needs_output), s..., w..., two a parameter |
///              dx..., scratch
/// where the two are the optimizer's slots when the update is fused, else the gradient and nothing. A dy is
/// null where nothing reads that result, a dx where nothing asks for it.
struct GradientRule {
  bool needs_input = false;
  bool needs_output = false;
  int saved = 0;                  ///< values kept for the backward pass, at most 4
  bool passes = false;            ///< the gradient of every input is dy itself: no step at all
  bool trains_as_forward = true;  ///< training runs the forward kernel
  bool stops = false;             ///< no gradient goes to the inputs
  bool penalizes = false;         ///< the first saved value is one number that is added to the loss
};

/// How far a step's first result may reach into the input it replaces: its end may lie `bytes` past the
/// input's start, for one sample. The kernel then never writes what it has still to read. Or, `at_start`, it
/// may begin exactly where the input begins, and not elsewhere within.
struct Overlap {
  int operand = -1;
  int bytes = 0;
  int elements = 0;  ///< the same in elements of the result, where it may be of several types; they add up
  bool at_start = false;
};

/// An operand that stands unchanged and whole within another, from its `element` of one sample on. A step
/// that has parts does nothing but copy them, and its kernel leaves out those that stand in their place
/// already.
struct Part {
  int part = -1, whole = -1, element = 0;
};

/// Positions of a step's operands in the forward pass, so that ops do not count by hand.
struct ForwardLayout {
  int weights = 0, y = 0, saved = 0, scratch = 0;
};

constexpr ForwardLayout forward_layout(int inputs, int parameters, int outputs = 1, int saved = 0) {
  const int y = inputs + parameters;
  return {inputs, y, y + outputs, y + outputs + saved};
}

/// The same in the backward pass.
struct BackwardLayout {
  int x = 1, y = 0, saved = 0, weights = 0, slots = 0, dx = 0, scratch = 0;
};

constexpr BackwardLayout backward_layout(const GradientRule& rule, int inputs, int parameters,
                                         int outputs = 1) {
  BackwardLayout at;
  at.x = outputs;
  at.y = at.x + (rule.needs_input ? inputs : 0);
  at.saved = at.y + (rule.needs_output ? outputs : 0);
  at.weights = at.saved + rule.saved;
  at.slots = at.weights + parameters;
  at.dx = at.slots + 2 * parameters;
  at.scratch = at.dx + inputs;
  return at;
}

/// Where batch normalization over the last axis of a step's result goes: element i of the step's kernel
/// belongs to channel (i / inner) % channels. The step's weights are kernel and, if it has one, bias.
struct NormFold {
  bool folds = false;
  int inner = 1;
};

/// Typed access to the operands of a running step.
template <class T>
struct Operands {
  void* const* pointer;
  [[gnu::always_inline]] T* operator[](int i) const { return static_cast<T*>(pointer[i]); }
};

/// The same of a step that may train weights, by the rule of `Step::rule`. \tparam R a `kernels::FixedRule`,
/// or `kernels::Rule` for steps that are known only at run time.
template <class T, class R>
struct TrainingOperands : Operands<T> {
  using Sink = kernels::GradientSink<T, R>;
  [[no_unique_address]] R rule{};

  /// Where the gradient of parameter `k` goes. \param fixed a bit for each parameter that has none.
  [[gnu::always_inline]] Sink sink(const BackwardLayout& at, int k, int fixed = 0) const {
    if (fixed >> k & 1) return {};
    T* const first = (*this)[at.slots + 2 * k];
    T* const second = (*this)[at.slots + 2 * k + 1];
    if (!kernels::updates_weights(rule)) return {rule, first};
    return {rule, nullptr, (*this)[at.weights + k], first, second};
  }
  /// The same of a parameter that a step need not have.
  [[gnu::always_inline]] Sink sink_if(bool has, const BackwardLayout& at, int k, int fixed) const {
    return has ? sink(at, k, fixed) : Sink{};
  }
};

/// What the values are made of that a step moves without computing: the kernel then moves that type.
template <class G>
constexpr ElementType moved_type(const G& g, const Step& s) {
  return s.phase == Phase::backward ? ElementType::real : g.values[g.operand(s, 0)].type;
}
/// Calls `f` with the operands as whole numbers of `type`, int8 or int16.
template <class T, class F>
[[gnu::always_inline]] inline void as_whole(ElementType type, Operands<T> p, F&& f) {
  if (type == ElementType::i16)
    f(Operands<std::int16_t>{p.pointer});
  else
    f(Operands<std::int8_t>{p.pointer});
}
/// The same where they may be real.
template <class T, class F>
[[gnu::always_inline]] inline void as_moved(ElementType type, Operands<T> p, F&& f) {
  if (type == ElementType::i8 || type == ElementType::i16)
    as_whole(type, p, static_cast<F&&>(f));
  else
    f(p);
}

/// The same where they may be words too: for ops that only move what they take.
template <class T, class F>
[[gnu::always_inline]] inline void as_copied(ElementType type, Operands<T> p, F&& f) {
  if (type == ElementType::i32)
    f(Operands<std::int32_t>{p.pointer});
  else
    as_moved(type, p, static_cast<F&&>(f));
}

/// For ops that treat each position along the first axis by itself.
constexpr bool first_axis_to_one(Step& step) {
  if (step.in.rank < 2 || step.out.rank < 1 || step.in[0] != step.out[0]) return false;
  step.in.dim[0] = step.out.dim[0] = 1;
  return true;
}

/// For ops that have a function fused. \returns the one that was there.
template <class Attributes>
constexpr ActivationKind exchange_activation(Words& words, ActivationKind kind) {
  auto a = unpack<Attributes>(words);
  const ActivationKind before = a.activation;
  a.activation = kind;
  words = pack(a);
  return before;
}

/// For ops whose attributes name their channels and that treat each by itself: how channels pass, and what is
/// left of the step when some go.
template <class Attributes>
constexpr Channels named_channels(const Step& step) {
  const int n = unpack<Attributes>(step.attributes).channels;
  return step.in.last() == n && step.out.last() == n ? Channels::apart : Channels::together;
}
template <class Attributes>
constexpr bool select_named_channels(Step& step, const SelectedChannels& kept) {
  auto a = unpack<Attributes>(step.attributes);
  a.channels = static_cast<int>(kept.out.size());
  step.attributes = pack(a);
  return true;
}

/// The defaults of a rule: an op overrides what differs.
struct OpDefaults {
  static const char* constants_fault(const Step&, const StepEnds&, const void* const*) { return nullptr; }
  static constexpr GradientRule gradient(const Step&) { return {}; }
  static constexpr Value saved(const Step&, int) { return {}; }
  static constexpr Value scratch(const Step&) { return {}; }
  static constexpr int overwrites(const Step&, int) { return -1; }
  static constexpr Overlap overlap(const Step&) { return {}; }
  static constexpr Part part(const Step&, int) { return {}; }
  static constexpr bool reads_input(const Step&) { return true; }
  static constexpr bool trains_channels(const Step&) { return false; }
  static constexpr bool adds_gradient(const Step&) { return false; }
  static constexpr bool trains = false;
  static constexpr bool whole_numbers = false;
  static constexpr bool runs_again = true;
  static constexpr bool restores(const Step&) { return false; }
  static constexpr bool runs_in_parts(const Step&) { return false; }
  static constexpr bool sums_from_product(const Step&, int) { return false; }
  static constexpr long long macs(const Step&) { return 0; }
  static constexpr bool identity(const Step&) { return false; }
  static constexpr bool fuse_activation(Words&, ActivationKind) { return false; }
  static constexpr bool fuse_input_activation(Words&, ActivationKind) { return false; }
  static constexpr ActivationKind split_activation(Words&) { return ActivationKind::linear; }
  static constexpr bool samples_apart(const Step&) { return false; }
  static constexpr int shared_parts(const Step&) { return 0; }
  template <class T, class D>
  static constexpr bool links(const D&) {
    return false;
  }
  static constexpr bool fuses_update = true;  ///< the backward pass may apply updates, weight by weight
  static constexpr bool structural = true;    ///< the attributes take part in the hash of the structure
  static constexpr NormFold norm_fold(const Step&) { return {}; }
  static constexpr void set_bias(Words&) {}
  /// In the size mode one kernel serves all descriptions, which are made of int, of which this holds.
  template <class D>
  static constexpr bool shares_code(const D&) {
    return false;
  }
  static constexpr Int8Form int8_form(const Step&) { return Int8Form::real; }
  static constexpr std::int64_t trained_numbers(const Step&, int, const Value& weight) {
    return weight.type == ElementType::i32 ? 0 : weight.elements;
  }
  static void ranges(const Step&, const void* const*, std::span<const Int8Ranges>, std::span<Int8Range>) {}
  static void computed(const Step&, const void* const*, std::span<const Int8Ranges>, ComputedNumbers&) {}
  static constexpr const char* table_address(const Step&) { return nullptr; }
  static constexpr unsigned tables(const Step&) { return 0; }
  static constexpr long long range_work(const Step&) { return 0; }
  static constexpr ResultBounds bounds(const Step&) { return {}; }
  static bool fuse_padding(Step&, const kernels::Pad&, std::int32_t, const void* const*) { return false; }
  static constexpr Channels channels(const Step&) { return Channels::together; }
  static void fixed_sums(const Step&, const void* const*, Int8Ranges, int, std::span<FixedSum>) {}
  /// Streaming: makes a step over a sequence [time, ...] one over a single time; false where it needs more.
  static constexpr bool one_time(Step&) { return false; }
};

/// The same of ops that compute no whole number from data: they move what they take, or compare it.
struct MovingOpDefaults : OpDefaults {
  static void computed(const Step&, const void* const*, std::span<const Int8Ranges>,
                       ComputedNumbers& numbers) {
    numbers.none();
  }
};

}  // namespace etch
