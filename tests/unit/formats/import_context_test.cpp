// SPDX-License-Identifier: BSL-1.0
// What importers of all formats stand on, with a format of two values.
#include <codegen/formats/import_context.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>

using namespace etch::host;
using Catch::Matchers::Equals;

namespace {

/// x and relu(x).
struct Toy : ImportContext {
  Toy() : ImportContext("toy", 2) {
    make(0, input({4}, etch::ElementType::real));
    import_node("Rectify", 7, [&] { make(1, add_activation(*made(0), etch::ActivationKind::relu)); });
  }
};

}  // namespace

TEST_CASE("a value that is given twice, and an input that is given, are copied") {
  Toy toy;
  for (const int given : {1, 1, 0}) toy.add_output(*toy.made(given));
  const ImportedModel model = toy.finish({{"Rectify", 7, {toy.made(1)->value}}});
  CHECK(model.source == std::vector<int>{7, -1, -1});
  CHECK(model.operators[0].results[0] == model.graph->result(model.graph->steps[0]));

  ModelSession session(model);
  const std::vector<float> x{-1, 2, -3, 4}, rectified{0, 2, 0, 4};
  session.run(std::as_bytes(std::span(x)));
  const auto output = [&](int k) { return numbers_in<float>(session.output(k)); };
  CHECK(output(0) == rectified);
  CHECK(output(1) == rectified);
  CHECK(output(2) == x);
}

TEST_CASE("what is refused names the model and the node") {
  Toy toy;
  const auto refused = [&](const std::function<void()>& import) {
    return error_of([&] { toy.import_node("Frob", 3, import); });
  };
  CHECK_THAT(refused([&] { toy.require(false, "is odd"); }), Equals("'toy': Frob (operator 3) is odd"));
  CHECK_THAT(refused([] { int8::multiplier(1e12, 22); }),
             Equals("'toy': Frob (operator 3) has scales that lie too far apart"));
  CHECK_THAT(
      refused([&] { toy.windows(8, 0, 1, 1, true); }),
      Equals("'toy': Frob (operator 3) has a window, stride or dilation that is not between 1 and 4,096"));
  CHECK_THAT(
      refused([&] { toy.add_state(0, 4, etch::ElementType::real); }),
      Equals("'toy': Frob (operator 3) needs states of its own, in variables that no other operator has"));
}

TEST_CASE("windows of SAME padding cover the input, others lie within it") {
  const Toy toy;
  CHECK(toy.windows(8, 3, 2, 1, true).out == 4);
  CHECK(toy.windows(8, 3, 2, 1, true).before == 0);
  CHECK(toy.windows(7, 3, 2, 2, true).before == 2);
  CHECK(toy.windows(8, 3, 2, 1, false).out == 3);
  CHECK(toy.windows(2, 3, 1, 1, false).out == 0);
}
