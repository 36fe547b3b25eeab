// SPDX-License-Identifier: BSL-1.0
#include <codegen/target.hpp>
#include <runtime/host/error.hpp>

namespace etch::host {

Target target_of_board(const std::string& board) {
  if (board == "desktop") return Target::portable;
  if (board == "m3" || board == "mps2-an385") return Target::cortex_m;
  if (board == "m4" || board == "mps2-an386" || board == "m7" || board == "mps2-an500")
    return Target::cortex_m_dsp;
  if (board == "m55" || board == "mps3-an547") return Target::helium;
  throw Error("there is no board '" + board +
              "'; there are desktop, m3 (mps2-an385), m4 (mps2-an386), m7 (mps2-an500), m55 (mps3-an547)");
}

}  // namespace etch::host
