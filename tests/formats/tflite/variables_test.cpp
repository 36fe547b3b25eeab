// SPDX-License-Identifier: BSL-1.0
// Resource variables: what a model keeps from call to call by name, and what it begins with.
#include <codegen/model/constant_array.hpp>
#include <tests/formats/tflite/one_op.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;

constexpr auto resource = ElementKind::resource;

template <class T>
ElementKind kind_of() {
  return std::is_same_v<T, float> ? ElementKind::float32
         : sizeof(T) == 1         ? ElementKind::int8
                                  : ElementKind::int16;
}
template <class T>
Scales scales_of() {
  return std::is_same_v<T, float> ? Scales{} : Scales{{0.5f}, {0}};
}

/// What a variable begins with, or nothing.
template <class T>
void call_once_with(TfliteWriter& w, const std::vector<T>& first) {
  if (first.empty()) return;
  const int handle = w.tensor(resource, {});
  const int constant =
      w.constant<T>(kind_of<T>(), {1, static_cast<int>(first.size())}, first, scales_of<T>());
  w.op(OperatorKind::var_handle, {}, {handle}, {{0, std::string()}, {1, std::string("past")}});
  w.op(OperatorKind::assign_variable, {handle, constant}, {});
  w.end_called();
  w.op(OperatorKind::call_once, {}, {}, {{0, 1}});
}

/// Gives the input of the call before, and what the variable holds after it was given the new one.
template <class T>
std::vector<std::byte> delay(int n, const std::vector<T>& first) {
  TfliteWriter w;
  call_once_with(w, first);
  const int x = w.tensor(kind_of<T>(), {1, n}, scales_of<T>()),
            before = w.tensor(kind_of<T>(), {1, n}, scales_of<T>()),
            after = w.tensor(kind_of<T>(), {1, n}, scales_of<T>()), handle = w.tensor(resource, {});
  w.op(OperatorKind::var_handle, {}, {handle}, {{0, std::string()}, {1, std::string("past")}});
  w.op(OperatorKind::read_variable, {handle}, {before});
  w.op(OperatorKind::assign_variable, {handle, x}, {});
  w.op(OperatorKind::read_variable, {handle}, {after});
  return w.file({x}, {before, after});
}

template <class T>
std::vector<T> output_of(const host::ModelSession& session, int k) {
  return host::numbers_in<T>(session.output(k));
}

template <class T>
void check_delay(const std::vector<T>& first, const std::vector<T>& begins) {
  const int n = static_cast<int>(begins.size());
  const auto model = host::import_tflite(delay<T>(n, first), "delay");
  host::ModelSession session(model);
  CHECK(session.state_bytes() > 0);
  for (int start = 0; start < 3; ++start) {
    std::vector<T> before = begins;
    for (int call = 0; call < 3; ++call) {
      std::vector<T> x;
      for (int i = 0; i < n; ++i) x.push_back(static_cast<T>(10 * call + i - start));
      session.run(std::as_bytes(std::span(x)));
      CHECK(output_of<T>(session, 0) == before);
      CHECK(output_of<T>(session, 1) == x);
      before = x;
    }
    session.reset();  // a fresh start, whatever was assigned
  }
}

TEST_CASE("variables begin with the constants of the subgraph that is called once, or with zeros",
          "[variables]") {
  check_delay<float>({1, 2.5f, -3}, {1, 2.5f, -3});
  check_delay<float>({7, 7}, {7, 7});
  check_delay<float>({}, {0, 0, 0});
  check_delay<std::int8_t>({-128, 5, 127}, {-128, 5, 127});
  check_delay<std::int8_t>({-128, -128, -128, -128}, {-128, -128, -128, -128});
  check_delay<std::int8_t>({}, {0});
  check_delay<std::int16_t>({-32768, 1}, {-32768, 1});
  check_delay<std::int16_t>({300, 300, 300}, {300, 300, 300});
}

TEST_CASE("a variable that is given what it was and the input sums inputs up", "[variables]") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::float32, {1, 2}), past = w.tensor(ElementKind::float32, {1, 2}),
            sum = w.tensor(ElementKind::float32, {1, 2}), handle = w.tensor(resource, {});
  w.op(OperatorKind::var_handle, {}, {handle}, {{0, std::string("c")}, {1, std::string("v")}});
  w.op(OperatorKind::read_variable, {handle}, {past});
  w.op(OperatorKind::add, {past, x}, {sum}, {{0, std::int8_t{0}}});
  w.op(OperatorKind::assign_variable, {handle, sum}, {});
  const auto model = host::import_tflite(w.file({x}, {past}), "sum");
  host::ModelSession session(model);
  const std::vector<float> step{1, -2};
  for (int call = 0; call < 4; ++call) {
    session.run(std::as_bytes(std::span(step)));
    CHECK(output_of<float>(session, 0) ==
          std::vector<float>{static_cast<float>(call), -2.0f * static_cast<float>(call)});
  }
}

TEST_CASE("variables that are wrong are refused in a sentence", "[variables]") {
  const auto refusal = [](auto&& write) {
    TfliteWriter w;
    return error_of([&] { host::import_tflite(write(w), "net"); });
  };
  CHECK_THAT(refusal([](TfliteWriter& w) {
               const int x = w.tensor(ElementKind::float32, {2}), handle = w.tensor(resource, {});
               w.op(OperatorKind::read_variable, {handle}, {w.tensor(ElementKind::float32, {2})});
               return w.file({x}, {x});
             }),
             Contains("READ_VARIABLE (operator 0) is damaged") && Contains("is no variable"));
  CHECK_THAT(refusal([](TfliteWriter& w) {
               const int x = w.tensor(ElementKind::float32, {2});
               w.op(OperatorKind::call_once, {}, {}, {{0, 5}});
               return w.file({x}, {x});
             }),
             Contains("CALL_ONCE names the subgraph 5"));
  CHECK_THAT(
      refusal([](TfliteWriter& w) {
        const int a = w.tensor(ElementKind::float32, {2});
        w.op(OperatorKind::relu, {a}, {w.tensor(ElementKind::float32, {2})});
        w.end_called();
        const int x = w.tensor(ElementKind::float32, {2});
        w.op(OperatorKind::call_once, {}, {}, {{0, 1}});
        return w.file({x}, {x});
      }),
      Contains("CALL_ONCE (operator 0) calls a subgraph that does more than give variables constants"));
  CHECK_THAT(
      refusal([](TfliteWriter& w) {
        call_once_with<float>(w, {1, 2, 3});
        const int x = w.tensor(ElementKind::float32, {1, 2}), y = w.tensor(ElementKind::float32, {1, 2}),
                  handle = w.tensor(resource, {});
        w.op(OperatorKind::var_handle, {}, {handle}, {{0, std::string()}, {1, std::string("past")}});
        w.op(OperatorKind::read_variable, {handle}, {y});
        return w.file({x}, {y});
      }),
      Contains("READ_VARIABLE (operator 2) is damaged: a variable begins with another number of elements"));
}

}  // namespace
