// SPDX-License-Identifier: BSL-1.0
// Trains on a board, keeps the state in a flash, and is cut: storage.elf <file of the flash> <operation to
// cut at> Ends with code 3 where it is cut. The flash is RAM that a file of the host outlives.
#include <etch/model/training/stored_training.hpp>
#include <etch/model/training/trainer.hpp>
#include <etch/model/training/training_slices.hpp>
#include <runtime/storage/memory_flash.hpp>

#include <cstdlib>

#include "runtime/boards/common/fail.hpp"

namespace {

inline constexpr auto net =
    etch::sequential(etch::Input{6}, etch::Dense{12}, etch::BatchNormalization{}, etch::ReLU{},
                     etch::Dropout{0.25f}, etch::Dense{3}, etch::Softmax{});
using Trainer = etch::Trainer<net, etch::Adam, etch::SparseCategoricalCrossentropy, etch::hana::tuple<>, 4>;

constexpr std::uint32_t page_bytes = 512, pages = 5, steps = 30, steps_a_commit = 5;

Trainer::Storage storage;
alignas(8) std::byte memory[2 * pages * page_bytes];
const char* path;

void save_and_exit(int code) {
  const int file = board_open(path, BOARD_WRITE);
  if (file < 0 || board_write_file(file, memory, sizeof memory) != sizeof memory || board_close(file) != 0)
    etch::fail("the flash cannot be saved");
  if (code != 0) board_exit(code);
}

/// Power goes in the middle of an operation: of a word half the bits are programmed, of a page half is
/// erased.
struct CutFlash : etch::storage::MemoryFlash {
  int operations_to_cut = -1;

  bool program(std::uint32_t address, std::span<const std::byte> from) {
    for (std::size_t i = 0; i < from.size(); i += word_bytes) {
      const auto word = from.subspan(i, word_bytes);
      if (operations_to_cut-- == 0) {
        for (std::size_t k = 0; k < word.size(); ++k) bytes[address + i + k] = word[k] | std::byte{0xaa};
        save_and_exit(3);
      }
      MemoryFlash::program(address + static_cast<std::uint32_t>(i), word);
    }
    return true;
  }
  bool erase(std::uint32_t address) {
    if (operations_to_cut-- == 0) {
      for (std::uint32_t i = 0; i < page_bytes / 2; ++i) bytes[address + i] = std::byte{0xff};
      save_and_exit(3);
    }
    return MemoryFlash::erase(address);
  }
};
static_assert(etch::StoredTraining<CutFlash, Trainer>::slot_bytes<>(8) <= pages * page_bytes);

void load_flash() {
  for (std::byte& byte : memory) byte = std::byte{0xff};
  const int file = board_open(path, BOARD_READ);
  if (file < 0) return;  // new
  if (board_read(file, memory, sizeof memory) != sizeof memory)
    etch::fail("the file of the flash is too short");
  board_close(file);
}

/// A training step in slices, which nobody may keep before it is over.
template <class Store>
void train_in_slices(Trainer& trainer, Store& store) {
  etch::TrainingSlices slices(trainer);
  slices.begin(4);
  bool moving = false;
  for (etch::Slice slice = slices.run(); slice != etch::Slice::done; slice = slices.run()) {
    if (slice != etch::Slice::more) etch::fail(slices.fault());
    moving = !trainer.between_steps();
    if (moving && store.commit() != etch::storage::Commit::unfinished_step)
      etch::fail("a commit between two slices was not refused");
  }
  if (!moving) etch::fail("no weight moved before the last slice");
}

void report(const char* name, std::uint32_t value) {
  board_write(name);
  board_write(" ");
  board_write_hex(value);
  board_write("\n");
}

}  // namespace

int main() {
  static char line[256];
  const char* argv[3];
  if (board_arguments(line, sizeof line, argv, 3) != 3) etch::fail("arguments: <flash> <cut>");
  path = argv[1];
  load_flash();
  CutFlash flash{{memory, page_bytes, 8}, std::atoi(argv[2])};

  Trainer trainer(storage, etch::Adam{}, {}, 7);
  etch::StoredTraining store(flash, trainer);
  const auto found = store.boot();
  board_write(etch::storage::sentence(found));
  if (found != etch::storage::Boot::loaded) trainer.initialize(7);
  report("\nbooted", trainer.step());
  while (trainer.step() < steps) {
    for (std::uint32_t i = 0; i < 24; ++i)
      trainer.input()[i] = etch::random::uniform({1, 2}, trainer.step(), 0, i) - 0.5f;
    for (std::uint32_t i = 0; i < 4; ++i)
      static_cast<std::int32_t*>(trainer.labels())[i] = static_cast<std::int32_t>((trainer.step() + i) % 3);
    if (trainer.step() % 2 == 0)
      train_in_slices(trainer, store);
    else
      trainer.train_on_batch(4);
    if (trainer.step() % steps_a_commit == 0 && store.commit() != etch::storage::Commit::done)
      etch::fail("a commit failed");
  }
  // What cuts may hit: erased pages and programmed words.
  board_write("operations ");
  board_write_int(-1 - flash.operations_to_cut);
  board_write("\n");
  report("weights", etch::crc32(trainer.weights()));
  report("optimizer", etch::crc32(trainer.optimizer_state()));
  save_and_exit(0);
  return 0;
}
