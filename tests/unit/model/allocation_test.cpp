// SPDX-License-Identifier: BSL-1.0
// A program of its own: it replaces operator new, and malloc where the C library lets it, by ones that count.
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <etch/model/program/deploy.hpp>
#include <etch/model/training/trainer.hpp>
#include <new>
#include <tests/firmware/fit_in/fitted_network.hpp>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define ETCH_TEST_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ETCH_TEST_SANITIZED 1
#endif

namespace {
volatile int allocations = 0;  // volatile: the compiler may drop a new and its delete otherwise

void* counted(std::size_t bytes) {
  allocations = allocations + 1;
  if (void* p = std::malloc(bytes)) return p;
  throw std::bad_alloc();
}
void* counted(std::size_t bytes, std::align_val_t alignment) {
  allocations = allocations + 1;
  const auto to = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(to, (bytes + to - 1) / to * to)) return p;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return counted(bytes, alignment); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return counted(bytes, alignment); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

#if defined(__GLIBC__) && !defined(ETCH_TEST_SANITIZED)
#define ETCH_TEST_COUNTS_MALLOC 1
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* malloc(std::size_t bytes) noexcept {
  allocations = allocations + 1;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  allocations = allocations + 1;
  return __libc_calloc(count, bytes);
}
void* realloc(void* p, std::size_t bytes) noexcept {
  allocations = allocations + 1;
  return __libc_realloc(p, bytes);
}
}
#endif

namespace {

using namespace etch;

inline constexpr auto network = sequential(Input{4, 4}, Flatten{}, Dense{16}, BatchNormalization{}, ReLU{},
                                           Dropout{0.1f}, Dense{3}, Softmax{});

float x[16 * 20];
std::int32_t y[20];
float out[3 * 20];
alignas(64) std::byte shipped[Deployment<network>::weight_bytes], arena[Deployment<network>::arena_bytes];

template <class F>
int allocations_in(const F& work) {
  const int before = allocations;
  work();
  return allocations - before;
}

TEST_CASE("the counters count", "[allocation]") {
  CHECK(allocations_in([] { ::operator delete(::operator new(4)); }) >= 1);
  CHECK(allocations_in([] {
          ::operator delete (::operator new (64, std::align_val_t{64}), std::align_val_t{64});
        }) >= 1);
#if defined(ETCH_TEST_COUNTS_MALLOC)
  CHECK(allocations_in([] {
          void* volatile p = std::malloc(8);
          std::free(p);
        }) == 1);
#endif
}

TEST_CASE("compile, initialize, fit, evaluate and predict allocate nothing", "[allocation]") {
  for (int i = 0; i < 16 * 20; ++i) x[i] = static_cast<float>(i % 7) / 7.0f;
  for (int i = 0; i < 20; ++i) y[i] = i % 3;
  const Dataset data{Samples(std::span<const float>(x)), Labels(std::span<const std::int32_t>(y))};
  float loss = 0;
  const int count = allocations_in([&] {
    auto model =
        compile<network>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<8>);
    model.initialize(1);
    loss = model.fit(data, {.epochs = 2, .validation = &data, .silent = true}).last().loss;
    loss += model.fit(data, {.epochs = 2, .validation_split = 0.2f, .silent = true}).last().val_loss;
    loss += model.evaluate(data).loss;
    model.predict(x, out);
    model.predict(data, out);
    loss += model.predict(std::span<const float>(x).first(16))[0];
    fold_weights<network>(model.weights(), shipped);
    const void* in[] = {x};
    void* result[] = {out};
    Deployment<network>::predict(shipped, arena, in, result);
  });
  CHECK(count == 0);
  CHECK(loss > 0);
}

TEST_CASE("training within a number of bytes allocates nothing", "[allocation]") {
  std::uint32_t bits = 0;
  const int count = allocations_in([&] {
    auto model = compile<test::small>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(), batch<2>);
    bits = test::trained(model);
  });
  CHECK(count == 0);
  CHECK(bits == test::trained_bits);
}

TEST_CASE("callbacks, generators, augmentation and weights allocate nothing", "[allocation]") {
  for (int i = 0; i < 16 * 20; ++i) x[i] = static_cast<float>(i % 7) / 7.0f;
  for (int i = 0; i < 20; ++i) y[i] = i % 3;
  Dataset data{Samples(std::span<const float>(x)), Labels(std::span<const std::int32_t>(y))};
  static const float weights[20] = {1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  int epochs = 0, batches = 0;
  const int count = allocations_in([&] {
    auto model =
        compile<network>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<8>);
    EarlyStopping stop{.monitor = "val_loss", .patience = 9, .restore_best_weights = true};
    model.fit(data, {.epochs = 3, .augment = RandomShift{{4, 4}, 1, 1}, .validation = &data, .silent = true},
              stop, ReduceLROnPlateau{}, TerminateOnNaN{},
              hana::make_tuple(LearningRateScheduler{[](int, float rate) { return rate; }},
                               LambdaCallback{.on_epoch_end = [&](int, Logs&) { ++epochs; }}));
    const auto generator = [&](BatchView& view) {
      for (std::size_t i = 0; i < view.x[0].size(); ++i) view.x[0][i] = x[i];
      for (std::size_t i = 0; i < 8; ++i) view.y[0].classes[i] = y[i];
      return ++batches % 4 != 0;
    };
    model.fit(generator, {.epochs = 2, .silent = true});
    data.sample_weight = std::span<const float>(weights);
    model.fit(data, {.silent = true});
    model.evaluate(generator);
  });
  CHECK(count == 0);
  CHECK(epochs == 3);
  CHECK(batches == 12);
}

}  // namespace
