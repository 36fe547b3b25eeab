// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "examples/anomaly/flash.hpp"
#include "examples/anomaly/monitor.hpp"

#include <etch/model/training/stored_training.hpp>

#include <bit>

/// The program, the same on a desktop and on a board.
namespace anomaly {

inline constexpr std::uint32_t seed = 3, ticks_a_commit = 50;

inline void write_number(std::uint32_t value) {
  char text[12], *at = text + sizeof text;
  *--at = 0;
  do {
    *--at = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  platform::write(at);
}
inline void write_bits(const char* name, std::uint32_t value) {
  const auto digits = etch::hex_digits(value);
  platform::write(name);
  for (char digit : digits) {
    const char text[] = {digit, 0};
    platform::write(text);
  }
  platform::write("\n");
}

/// What every run must end with to the last bit, whether it was cut or not.
inline void report(Trainer& trainer, const Progress& progress) {
  for (std::uint32_t i = 0; i < phase_count; ++i) {
    const Phase& phase = phases[i];
    platform::write(phase.name);
    if (phase.task == Task::watch || phase.task == Task::watch_for_drift) {
      platform::write(": alarms ");
      write_number(progress.alarms[i]);
      platform::write(" of ");
    } else {
      platform::write(": windows ");
    }
    write_number(batch * progress.ticks[i]);
    platform::write("\n");
  }
  write_bits("threshold ", std::bit_cast<std::uint32_t>(progress.threshold.threshold()));
  write_bits("weights ", etch::crc32(trainer.weights()));
  write_bits("optimizer ", etch::crc32(trainer.optimizer_state()));
}

/// \param path of the file of the flash. \param cut the operation of the flash at which power goes, or -1.
inline void run(const char* path, std::int32_t cut) {
  static Trainer::Storage storage;
  static std::byte memory[2 * pages * page_bytes];
  using Store = etch::StoredTraining<CutFlash, Trainer>;
  static_assert(Store::slot_bytes<Progress>(word_bytes) <= pages * page_bytes);

  for (std::byte& byte : memory) byte = std::byte{0xff};
  platform::read_file(path, memory);
  CutFlash flash{{memory, page_bytes, word_bytes}, path, cut};
  Trainer trainer(storage, optimizer, {}, seed);
  Progress progress;
  Store store(flash, trainer);
  const etch::storage::Boot found = store.boot(progress);
  if (found != etch::storage::Boot::loaded) {
    trainer.initialize(seed);
    progress = {};
  }
  platform::write("boot: ");
  platform::write(etch::storage::sentence(found));
  platform::write(", at tick ");
  write_number(progress.tick);
  platform::write("\n");

  Monitor monitor(trainer, progress);
  while (!monitor.over()) {
    monitor.tick();
    if (progress.tick % ticks_a_commit != 0 && !monitor.over()) continue;
    const bool measures = progress.tick == ticks_a_commit;
    if (measures) platform::measure_begin();
    const etch::storage::Commit done = store.commit(progress);
    if (measures) platform::measure_end("a commit");
    if (done != etch::storage::Commit::done) etch::fail(etch::storage::sentence(done));
  }
  flash.save();
  report(trainer, progress);
}

}  // namespace anomaly
