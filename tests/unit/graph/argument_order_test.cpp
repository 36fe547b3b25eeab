// SPDX-License-Identifier: BSL-1.0
#include <tests/unit/error_of.hpp>

#include <etch/model/declare/compiled_graph.hpp>

#include <catch2/catch.hpp>
#include <memory>

using namespace etch;

namespace {

inline constexpr auto in_arguments = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return Add{}(Dense{2}(Dense{5}(x)), Dense{2}(Dense{6}(x)));
});
inline constexpr auto named = functional([](Builder& g) {
  const Tensor x = g.input({4});
  const Tensor a = Dense{2}(Dense{5}(x));
  const Tensor b = Dense{2}(Dense{6}(x));
  return Add{}(a, b);
});
struct Branches {
  Dense a{5}, b{6};
  constexpr Tensor operator()(Tensor x) { return Concatenate{}(a(x), b(x)); }
};
inline constexpr auto branches = subclassed<Branches>({4});
inline constexpr auto stack = sequential(Input{4}, Dense{2});

TEST_CASE("a declaration is traced by the compiler, or it says why not", "[declare]") {
  const auto g = std::make_unique<Builder>();
  const auto refused = [&](const auto& declared) {
    CHECK(error_of([&] { declared.trace(*g); }).find("trace_at_run_time") != std::string::npos);
  };
  refused(in_arguments);
  refused(branches);
  refused(stack);
  CHECK(graph<in_arguments> == graph<named>);
}

TEST_CASE("traced at run time, tensors with names give the compiler's graph", "[declare]") {
  const auto g = std::make_unique<Builder>();
  trace_at_run_time(named, *g);
  CHECK(g->graph == graph<named>);
  CHECK(g->graph == graph<in_arguments>);
}

}  // namespace
