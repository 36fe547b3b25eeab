// SPDX-License-Identifier: BSL-1.0
#include <codegen/tool/commands.hpp>

#include <iostream>

int main(int argc, char** argv) {
  return etch::tool::run_tool({argv + (argc > 0 ? 1 : 0), argv + argc}, std::cout, std::cerr);
}
