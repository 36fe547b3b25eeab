// SPDX-License-Identifier: BSL-1.0
// All that stands in the way of importing a file is told at once.
#include <codegen/formats/blockers.hpp>
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;

TEST_CASE("operators that are refused are all named, with their places", "[blockers]") {
  TfliteWriter w;
  const auto real = [&] { return w.tensor(ElementKind::float32, {1, 4}); };
  const int x = real(), a = real(), b = real(), c = real(), d = real(), e = real();
  w.op(48, {x}, {a});                  // TOPK_V2
  w.op(OperatorKind::relu, {a}, {b});  // is looked at, on what stands in for the other's result
  w.op(OperatorKind::reshape, {b, w.constant<std::int32_t>(ElementKind::int32, {2}, {3, 3})}, {c});
  w.op(48, {c}, {d});
  w.op(OperatorKind::while_loop, {d}, {e});
  CHECK(
      error_of([&] { host::import_tflite(w.file({x}, {e}), "net"); }) ==
      "'net': TOPK_V2 (operators 0 and 3) is not supported; RESHAPE (operator 2) is damaged: its result has "
      "another shape than it lists; WHILE (operator 4) is not supported: convert with unroll=True and a "
      "fixed "
      "batch");
}

TEST_CASE("many blockers are counted", "[blockers]") {
  host::Blockers blockers;
  CHECK(blockers.empty());
  for (int i = 0; i < 12; ++i) blockers.add("A", i, "is wrong");
  for (int i = 0; i < 30; ++i) blockers.add("B" + std::to_string(i), i, "is wrong");
  CHECK_FALSE(blockers.empty());
  const std::string all = error_of([&] { blockers.refuse("f"); });
  CHECK_THAT(
      all, Catch::Matchers::StartsWith(
               "'f': A (operators 0, 1, 2, 3, 4, 5, 6, 7 and 4 more) is wrong; B0 (operator 0) is wrong; "));
  CHECK_THAT(all, Catch::Matchers::EndsWith("; and 7 more"));
}

}  // namespace
