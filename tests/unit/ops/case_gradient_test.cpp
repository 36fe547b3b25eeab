// SPDX-License-Identifier: BSL-1.0
// The gradient of every op that has one, of each of its cases, against central finite differences in double.
// The forms that layers make of an op are checked in the files beside this one.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>

#include "case_model.hpp"
#include "op_facts.hpp"
#include "step_cases_quantized.hpp"
#include "step_cases_real.hpp"

namespace {

using namespace etch;
using namespace etch::test;

template <class Op>
void check_gradients() {
  int number = 0;
  for (const StepCase& c : StepCases<Op>::all()) {
    INFO(Op::name << ", case " << number++);
    if (gradient_of<Op>(c) != CaseGradient::checked) continue;
    CHECK(check_gradient([&](Builder& g) { return result_of<Op>(g, c); },
                         {.rows = 2, .input_gradients = false}) <= 1e-5);
  }
}

TEST_CASE("gradients of the cases of every op", "[gradient][registry]") {
  []<class... Ops>(OpPack<Ops...>) { (check_gradients<Ops>(), ...); }(OpList{});
}

}  // namespace
