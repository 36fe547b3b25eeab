// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <iterator>

namespace etch::host {

void check_board(const std::string& board) {
  static constexpr const char* names[]{"desktop", "m3",         "mps2-an385", "m4",        "mps2-an386",
                                       "m7",      "mps2-an500", "m55",        "mps3-an547"};
  if (std::ranges::find(names, board) != std::end(names)) return;
  throw Error("there is no board '" + board +
              "'; there are desktop, m3 (mps2-an385), m4 (mps2-an386), m7 (mps2-an500), m55 (mps3-an547)");
}

}  // namespace etch::host
