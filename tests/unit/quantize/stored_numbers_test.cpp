// SPDX-License-Identifier: BSL-1.0
// Where the error of a quantized layer comes from: how its numbers are spread, and what storing them costs.
#include <codegen/quantize/stored_numbers.hpp>

#include <catch2/catch.hpp>
#include <limits>
#include <numeric>

namespace stored_numbers_test {

using namespace etch;
using namespace etch::host::quantization;
using host::Quantization;
using host::StoredNumbers;

Histogram seen_of(const host::Range& range, std::uint64_t each) {
  return {range, true, std::vector<std::uint64_t>(Histogram::bins, each)};
}

StoredNumbers counted(const std::vector<float>& numbers, const Quantization& q, bool fixed = false) {
  StoredCounter counter(seen_of({-1, 3}, 1), q, ElementType::i8, fixed);
  counter.add(numbers);
  return counter.counted().value();
}

TEST_CASE("what is clipped and rounded is counted", "[quantize]") {
  const StoredNumbers s = counted({-1, 0, 0.5f, 3}, {0.01f, 0});
  CHECK((s.seen.lowest == -1 && s.seen.highest == 3));
  CHECK(s.held.lowest == Approx(-1.28));
  CHECK(s.held.highest == Approx(1.27));
  CHECK(s.clipped == 0.25);
  CHECK(s.rounding == Approx(1.73 / 2).epsilon(1e-4));  // 3 becomes 1.27, one of four numbers
  CHECK(s.finest < 0.01);
  CHECK(s.wide < 1e-4);
  CHECK(std::accumulate(s.histogram.begin(), s.histogram.end(), std::uint64_t{0}) == 4);
  CHECK((s.histogram.front() == 1 && s.histogram[6] == 1 && s.histogram[9] == 1 && s.histogram.back() == 1));
  CHECK_THAT(
      text_of(s, ElementType::i8),
      Catch::Matchers::StartsWith(
          "    -1 [@     @  @             @] 3, holds -1.28 to 1.27, clips 25 %; storing errs 0.865, "));
  CHECK(text_of(s, ElementType::i16).find("in 16x8") == std::string::npos);
}

TEST_CASE("the range of a function is kept, and paddings are no numbers", "[quantize]") {
  const StoredNumbers s =
      counted({0.5f, -std::numeric_limits<float>::infinity(), 2}, {1.0f / 256, -128}, true);
  CHECK(s.finest == s.rounding);
  CHECK(s.clipped == 0.5);
  CHECK(s.seen.lowest == 0.5f);
  StoredCounter none(seen_of({0, 0}, 0), {0.01f, 0}, ElementType::i8, false);
  CHECK_FALSE(none.counted());
  none.add(std::vector<float>{0, 0});
  CHECK(none.counted().value().histogram.front() == 2);
  CHECK(none.counted().value().rounding == 0);
}

}  // namespace stored_numbers_test
