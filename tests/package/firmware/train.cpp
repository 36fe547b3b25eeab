#include <etch/etch.hpp>

#include <cstdio>
#include <exception>

inline constexpr auto network = etch::sequential(etch::Input{2}, etch::Dense{8, etch::ActivationKind::tanh},
                                                 etch::Dense{1, etch::sigmoid});

int main(int argc, char** argv) try {
  if (argc != 2) return std::fputs("usage: train <where the model goes>\n", stderr), 2;
  static constexpr float inputs[] = {0, 0, 0, 1, 1, 0, 1, 1};
  static constexpr float targets[] = {0, 1, 1, 0};
  const etch::Dataset data{std::span<const float>(inputs), std::span<const float>(targets)};
  auto model = etch::compile<network>(etch::Adam{.learning_rate = 0.05f}, etch::BinaryCrossentropy{},
                                      etch::hana::make_tuple(), etch::batch<4>);
  model.fit(data, {.epochs = 200, .silent = true});
  model.save(argv[1]);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
