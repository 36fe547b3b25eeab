// SPDX-License-Identifier: BSL-1.0
// Training within a number of bytes: the same weights, statistics and optimizer state as without a limit, bit
// for bit, with the arena that was asked for.
#include <catch2/catch.hpp>
#include <codegen/model/run_program.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/passes/differentiate.hpp>
#include <etch/passes/fit_training.hpp>
#include <etch/train/losses.hpp>
#include <etch/train/optimizers.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using namespace etch;

inline constexpr Sizes declared_room{40, 96, 40, 160, 4};
inline constexpr Sizes room{40, 200, 110, 700, 6};

/// A training graph of a function of the Builder.
template <class Define>
std::unique_ptr<TrainingGraph<room>> training_of(const Define& define, const TrainingOptions& options) {
  const auto g = std::make_unique<Builder>(true);
  trace_at_run_time(functional(define), *g);
  if (g->graph.fault) FAIL(g->graph.fault.sentence << " " << g->graph.fault.found);
  const auto declared = std::make_unique<Graph<declared_room>>(shrink<declared_room>(g->graph));
  return std::make_unique<TrainingGraph<room>>(shrink_training<room>(differentiate(*declared, options)));
}

/// Memory of a training program, and steps on made data.
struct Training {
  template <Sizes S>
  explicit Training(const Program<S>& program)
      : view(program),
        steps(program.graph.steps.count),
        batch(program.options.batch),
        weights(words(program.plan.weight_bytes)),
        optimizer(words(program.plan.optimizer_bytes)),
        arena(words(program.plan.arena_bytes)),
        states(words(program.plan.state_bytes)),
        gradients(words(program.plan.gradient_bytes)) {
    initialize_weights(program.graph, program.plan, 3, bytes(weights));
  }
  /// What a step finds in the arena is no number.
  void step(std::uint32_t number) {
    std::memset(arena.data(), 0xff, arena.size() * sizeof(float));
    std::vector<float> x(2048), y(2048);
    for (std::uint32_t i = 0; i < x.size(); ++i) {
      x[i] = random::uniform({5, 1}, number, 1, i) - 0.5f;
      y[i] = random::uniform({5, 1}, number, 2, i);
    }
    const void* const inputs[]{x.data()};
    const void* const labels[]{y.data(), nullptr};
    Regions regions;
    regions.weights = bytes(weights);
    regions.optimizer = bytes(optimizer);
    regions.arena = bytes(arena);
    regions.states = bytes(states);
    regions.gradients = bytes(gradients);
    regions.inputs = inputs;
    regions.labels = labels;
    const LossParameters loss;
    host::run_program(view, 0, steps, regions, {batch, 11, number, Adam{}.at(number), &loss});
  }
  static std::size_t words(int bytes) { return static_cast<std::size_t>(bytes) / sizeof(float) + 1; }
  static std::byte* bytes(std::vector<float>& v) { return reinterpret_cast<std::byte*>(v.data()); }
  bool operator==(const Training& other) const {
    const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
    };
    return same(weights, other.weights) && same(optimizer, other.optimizer) && same(states, other.states);
  }

  ProgramView view;
  int steps, batch;
  std::vector<float> weights, optimizer, arena, states, gradients;
};

/// What trainings within limits were like.
struct Seen {
  int schedules = 0, again = 0, kept = 0, added = 0, least = 0, plain = 0;
  int reported = 0;  ///< the least arena, as an error says it
};

/// Trains a network in less and less memory, a hundred steps in the least, and compares.
template <class Define>
Seen check(const Define& define, int batch, TrainingOptions options = {.rule = kernels::Rule::adam}) {
  const auto training = training_of(define, options);
  const PlanOptions planning{.batch = batch};
  const auto plain = std::make_unique<Program<room>>(make_program(training->graph, planning, false));
  Seen seen;
  seen.plain = seen.least = plain->plan.arena_bytes;
  const auto fitted = std::make_unique<FittedGraph<fitted_sizes(room)>>();
  const auto least = std::make_unique<Program<fitted_sizes(room)>>();
  while (true) {
    *fitted = fit_training(*training, planning, seen.least - 8);
    if (!fitted->found) break;
    ++seen.schedules;
    CHECK(fitted->plan.arena_bytes <= seen.least - 8);
    const auto followed = std::make_unique<FittedGraph<fitted_sizes(room)>>(
        follow_schedule(*training, planning, seen.least - 8, fitted->schedule.item, fitted->schedule.count));
    CHECK(followed->found);
    CHECK(followed->training.graph == fitted->training.graph);
    seen.least = fitted->plan.arena_bytes;
    *least = {fitted->training.graph, fitted->plan, planning};
    for (int k = 0; k < least->graph.inputs.count; ++k) least->plan.offset[least->graph.inputs[k]] = k;
    Training one(*plain), other(*least);
    for (std::uint32_t n = 0; n < 3; ++n) one.step(n), other.step(n);
    CHECK(one == other);
  }
  if (seen.schedules == 0) return seen;
  seen.reported = least_arena(*training, planning, 8, seen.plain).bytes;
  *fitted = fit_training(*training, planning, seen.reported);
  CHECK((fitted->found || seen.reported == seen.plain));
  for (const Step& step : least->graph.steps) {
    seen.again += step.again == Again::from_inputs;
    seen.kept += step.again == Again::from_kept;
    seen.added += step.adds;
  }
  Training one(*plain), other(*least);
  for (std::uint32_t n = 0; n < 100; ++n) one.step(n), other.step(n);
  CHECK(one == other);
  CHECK(one.weights.front() - one.weights.front() == 0);
  return seen;
}

constexpr Conv2D convolution(int filters, int size = 3, int strides = 1) {
  return {.filters = filters, .kernel_size = size, .strides = strides, .padding = same};
}

TEST_CASE("dropout draws the same numbers again") {
  const auto seen = check(
      [](Builder& g) {
        Tensor x = convolution(4)(g.input({8, 8, 1}));
        x = ReLU{}(x);
        x = Dropout{.rate = 0.3f}(x);
        x = Activation{ActivationKind::tanh}(convolution(4)(x));
        x = Dropout{.rate = 0.5f}(x);
        x = ReLU{}(convolution(4)(x));
        return Dense{3}(GlobalAveragePooling2D{}(x));
      },
      2);
  CHECK(seen.again > 0);
  CHECK(seen.least * 10 < seen.plain * 7);
  CHECK(seen.reported <= seen.least + seen.least / 64);
}

TEST_CASE("batch normalization moves its averages once") {
  const auto seen = check(
      [](Builder& g) {
        Tensor x = g.input({8, 8, 1});
        for (int k = 0; k < 4; ++k) {
          x = BatchNormalization{.scale = k != 2}(convolution(4)(x));
          x = ReLU{}(x);
        }
        return Dense{3}(GlobalAveragePooling2D{}(x));
      },
      2);
  CHECK(seen.again > 0);
  CHECK(seen.kept > 0);
  CHECK(seen.least * 10 < seen.plain * 6);
  CHECK(seen.reported <= seen.least + seen.least / 64);
}

TEST_CASE("branches run in another order, and their gradients are added where they are made") {
  for (const bool projection_first : {false, true}) {
    const auto seen = check(
        [&](Builder& g) {
          Tensor x = ReLU{}(convolution(4)(g.input({8, 8, 1})));
          for (const int strides : {1, 2}) {
            const Tensor first = projection_first ? convolution(6, 1, strides)(x) : x;
            Tensor y = ReLU{}(convolution(6, 3, strides)(x));
            y = convolution(6)(y);
            x = ReLU{}(Add{}(projection_first ? first : convolution(6, 1, strides)(x), y));
          }
          return Dense{3}(GlobalAveragePooling2D{}(x));
        },
        1);
    CHECK(seen.again > 0);
    CHECK(seen.added == 2);
    CHECK(seen.least * 10 < seen.plain * 8);
  }
}

TEST_CASE("layers that are shared, masked, recurrent or frozen train the same in less memory") {
  const auto shared = check(
      [](Builder& g) {
        auto twice = convolution(4);
        Tensor x = ReLU{}(convolution(4)(g.input({8, 8, 1})));
        x = ReLU{}(twice(x));
        x = Add{}(x, ReLU{}(twice(x)));
        return Dense{3}(GlobalAveragePooling2D{}(x));
      },
      2);
  CHECK(shared.schedules > 0);
  const auto recurrent = check(
      [](Builder& g) {
        const Tensor x = Masking{.mask_value = 0.25f}(g.input({12, 4}));
        const Tensor y = LSTM{.units = 4, .return_sequences = true}(
            BatchNormalization{}(Dense{.units = 4, .allow_axes = true}(x)));
        const Tensor z = Dense{.units = 4, .allow_axes = true}(y);
        return Dense{3}(GRU{.units = 4}(Add{}(y, LayerNormalization{}(z))));
      },
      3);
  CHECK(recurrent.again > 0);
  const auto partly = check(
      [](Builder& g) {
        Tensor x = frozen(BatchNormalization{})(frozen(convolution(4))(g.input({8, 8, 1})));
        x = MaxPooling2D{.pool_size = 2}(ReLU{}(convolution(8)(x)));
        x = ReLU{}(Conv2D{.filters = 8, .kernel_size = 3, .padding = same, .groups = 8}(x));
        return Dense{3}(Flatten{}(ReLU{}(BatchNormalization{}(convolution(8)(x)))));
      },
      2);
  CHECK(partly.again > 0);
}

TEST_CASE("a layer runs again whose result is the model's") {
  const auto recurrent = check(
      [](Builder& g) {
        const Tensor x = Dense{.units = 4, .allow_axes = true}(g.input({12, 4}));
        return LSTM{.units = 4, .return_sequences = true}(LSTM{.units = 4, .return_sequences = true}(x));
      },
      3);
  CHECK(recurrent.schedules > 0);
  const auto normalized = check(
      [](Builder& g) {
        Tensor x = g.input({6, 6, 1});
        for (int k = 0; k < 3; ++k) x = BatchNormalization{}(convolution(4)(x));
        return x;
      },
      2);
  CHECK(normalized.schedules > 0);
}

TEST_CASE("updates that wait, for clipping or an average, come last and with the same gradients") {
  TrainingOptions options{.rule = kernels::Rule::adam};
  options.clip = kernels::Clip::global_norm;
  options.average = true;
  for (const bool fuse : {true, false}) {
    options.fuse = fuse;
    const auto seen = check(
        [](Builder& g) {
          Tensor x = ReLU{}(convolution(6)(g.input({8, 8, 1})));
          for (int k = 0; k < 3; ++k) x = ReLU{}(BatchNormalization{}(convolution(6)(x)));
          return Dense{3}(GlobalAveragePooling2D{}(x));
        },
        3, options);
    CHECK(seen.again > 0);
  }
}

TEST_CASE("a schedule that is damaged is refused, or trains the same") {
  const auto training = training_of(
      [](Builder& g) {
        Tensor x = g.input({8, 8, 1});
        for (int k = 0; k < 3; ++k) x = ReLU{}(BatchNormalization{}(convolution(4)(x)));
        return Dense{3}(GlobalAveragePooling2D{}(x));
      },
      {.rule = kernels::Rule::adam});
  const PlanOptions planning{.batch = 2};
  const auto plain = std::make_unique<Program<room>>(make_program(training->graph, planning, false));
  Training one(*plain);
  one.step(0);
  const int limit = plain->plan.arena_bytes * 7 / 10;
  auto fitted = std::make_unique<FittedGraph<fitted_sizes(room)>>(fit_training(*training, planning, limit));
  REQUIRE(fitted->found);
  const std::vector<ScheduledStep> schedule(fitted->schedule.begin(), fitted->schedule.end());
  int refused = 0;
  const auto follow = [&](const std::vector<ScheduledStep>& damaged) {
    *fitted = follow_schedule(*training, planning, 10 * plain->plan.arena_bytes, damaged.data(),
                              static_cast<int>(damaged.size()));
    refused += !fitted->found;
    if (!fitted->found) return;
    const auto other = std::make_unique<Program<fitted_sizes(room)>>();
    *other = {fitted->training.graph, fitted->plan, planning};
    for (int k = 0; k < other->graph.inputs.count; ++k) other->plan.offset[other->graph.inputs[k]] = k;
    Training two(*other);
    two.step(0);
    CHECK(one == two);
  };
  follow(schedule);
  CHECK(refused == 0);
  for (std::size_t k = 0; k < schedule.size(); ++k) {
    auto damaged = schedule;
    damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(k));
    follow(damaged);
    damaged = schedule;
    damaged.insert(damaged.begin() + static_cast<std::ptrdiff_t>(k), schedule[schedule.size() - 1 - k]);
    follow(damaged);
    damaged = schedule;
    damaged[k].step = 1000;
    follow(damaged);
    damaged[k] = {-1, 1000};
    follow(damaged);
  }
  CHECK(refused > static_cast<int>(2 * schedule.size()));
}

/// A network of up to ten layers on tensors that are there already.
Tensor random_network(Builder& g, std::uint32_t seed) {
  std::uint32_t draws = 0;
  const auto draw = [&](int n) {
    return static_cast<int>(random::uniform({seed, 9}, 0, 0, draws++) * static_cast<float>(n)) % n;
  };
  auto shared = convolution(4);
  Tensor at[12]{convolution(4)(g.input({6, 6, 1}))};
  int count = 1;
  for (const int layers = 3 + draw(7); count <= layers; ++count) {
    const Tensor x = at[count - 1 - draw(count < 3 ? count : 3)];
    switch (draw(8)) {
      case 0:
        at[count] = ReLU{}(x);
        break;
      case 1:
        at[count] = BatchNormalization{.center = draw(2) == 0}(x);
        break;
      case 2:
        at[count] = Dropout{.rate = 0.25f}(x);
        break;
      case 3:
        at[count] = Add{}(x, at[draw(count)]);
        break;
      case 4:
        at[count] = Multiply{}(x, at[draw(count)]);
        break;
      case 5:
        at[count] = Activation{draw(2) == 0 ? ActivationKind::tanh : ActivationKind::gelu}(x);
        break;
      case 6:
        at[count] = draw(2) == 0 ? shared(x) : convolution(4, 1)(Concatenate{}(x, at[draw(count)]));
        break;
      default:
        at[count] = convolution(4, draw(2) == 0 ? 1 : 3)(x);
    }
  }
  return Dense{2}(GlobalAveragePooling2D{}(Add{}(at[count - 1], at[draw(count)])));
}

TEST_CASE("random networks train the same in less memory", "[.][long]") {
  int again = 0, kept = 0, added = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    TrainingOptions options{.rule = seed % 3 == 0 ? kernels::Rule::sgd : kernels::Rule::adam};
    if (seed % 5 == 0) options.clip = kernels::Clip::norm;
    const auto seen =
        check([&](Builder& g) { return random_network(g, seed); }, 1 + static_cast<int>(seed % 3), options);
    again += seen.again;
    kept += seen.kept;
    added += seen.added;
  }
  CHECK(again > 0);
  CHECK(kept > 0);
  CHECK(added > 0);
}

}  // namespace
