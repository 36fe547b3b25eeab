// Learns exclusive or: 30 lines to copy and begin with.
#include <etch/etch.hpp>

#include <cstdio>
#include <exception>

inline constexpr auto network = etch::sequential(etch::Input{2}, etch::Dense{8, etch::ActivationKind::tanh},
                                                 etch::Dense{1, etch::sigmoid});

static_assert(etch::numbers<network>().total == 33);
static_assert(etch::training_memory<network, etch::Adam, etch::BinaryCrossentropy, 4>.total() <= 1024,
              "training must fit 1 KiB");

int main() try {
  static constexpr float inputs[] = {0, 0, 0, 1, 1, 0, 1, 1};
  static constexpr float targets[] = {0, 1, 1, 0};
  const etch::Dataset data{std::span<const float>(inputs), std::span<const float>(targets)};

  auto model = etch::compile<network>(etch::Adam{.learning_rate = 0.05f}, etch::BinaryCrossentropy{},
                                      etch::hana::make_tuple(etch::Accuracy{}), etch::batch<4>);
  model.fit(data, {.epochs = 200, .silent = true});
  for (std::size_t i = 0; i < 4; ++i)
    std::printf("%g xor %g = %.3f\n", inputs[2 * i], inputs[2 * i + 1],
                model.predict({inputs + 2 * i, 2})[0]);
  const bool learned = model.evaluate(data).metric[0] == 1.0f;
  std::puts(learned ? "learned" : "not learned");
  return learned ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
