// SPDX-License-Identifier: BSL-1.0
// Trains within a number of bytes on a board: what comes of it is what comes of the plain plan.
#include "tests/firmware/fit_in/divided_network.hpp"
#include "tests/firmware/fit_in/fitted_network.hpp"

#include "runtime/boards/common/fail.hpp"

namespace {

using namespace etch::test;

TrainerOf<network>::Storage plain_storage;
TrainerOf<small>::Storage small_storage;
static_assert(sizeof small_storage < sizeof plain_storage);
DividedTrainer<whole_network>::Storage whole_storage;
DividedTrainer<divided_network>::Storage divided_storage;
static_assert(sizeof divided_storage < sizeof whole_storage);

bool say(const char* name, std::uint32_t one, std::uint32_t other) {
  board_write(name);
  board_write(one == other ? " ok " : " differs ");
  board_write_hex(other);
  board_write("\n");
  return one == other;
}

}  // namespace

int main() {
  TrainerOf<network> plain(plain_storage, etch::Adam{});
  TrainerOf<small> fitted(small_storage, etch::Adam{});
  DividedTrainer<whole_network> whole(whole_storage, etch::SGDMomentum{});
  DividedTrainer<divided_network> divided(divided_storage, etch::SGDMomentum{});
  const bool fits = say("fit_in", trained(plain), trained(fitted));
  return say("parts", trained_in_parts(whole), trained_in_parts(divided)) && fits ? 0 : 1;
}
