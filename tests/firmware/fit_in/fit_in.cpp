// SPDX-License-Identifier: BSL-1.0
// Trains within a number of bytes on a board: what comes of it is what comes of the plain plan.
#include "tests/firmware/fit_in/fitted_network.hpp"

#include "runtime/boards/common/fail.hpp"

namespace {

using namespace etch::test;

TrainerOf<network>::Storage plain_storage;
TrainerOf<small>::Storage small_storage;
static_assert(sizeof small_storage < sizeof plain_storage);

}  // namespace

int main() {
  TrainerOf<network> plain(plain_storage, etch::Adam{});
  TrainerOf<small> fitted(small_storage, etch::Adam{});
  const std::uint32_t one = trained(plain), other = trained(fitted);
  board_write(one == other ? "fit_in ok " : "fit_in differs ");
  board_write_hex(other);
  board_write("\n");
  return one == other ? 0 : 1;
}
