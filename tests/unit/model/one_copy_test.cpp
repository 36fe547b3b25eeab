// SPDX-License-Identifier: BSL-1.0
#include "one_copy.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a model in a header used by two files is one copy") {
  CHECK(predict_of_the_other_file() == etch::Deployment<in_header>::predict);
  CHECK(program_of_the_other_file() == &etch::Deployment<in_header>::program);
}
