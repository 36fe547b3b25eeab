// SPDX-License-Identifier: BSL-1.0
// WAV files.
#include <runtime/host/data/wav.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/mutation.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

/// A number of `bytes` bytes within the file becomes another.
void mutate_number(Bytes& file, Dice& dice) {
  const std::size_t bytes = dice.one_in(2) ? 4 : 2;
  if (file.size() < bytes) return;
  const std::size_t at = dice.below(std::min<std::size_t>(file.size() - bytes + 1, 96));
  std::uint64_t number = 0;
  for (std::size_t i = bytes; i-- > 0;) number = number << 8 | file[at + i];
  number = static_cast<std::uint64_t>(other_number(dice, static_cast<std::int64_t>(number)));
  for (std::size_t i = 0; i < bytes; ++i) file[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  has_answer([&] {
    const host::WavAudio audio = host::read_wav({data, size}, "a.wav");
    require(audio.rate > 0 && 2 * audio.samples.size() + 36 <= size, "samples are within the file");
    for (const float x : audio.floats()) require(x >= -1 && x < 1, "samples are between -1 and 1");
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  if (dice.one_in(3)) return LLVMFuzzerMutate(data, size, most);
  Bytes file(data, data + size);
  mutate_number(file, dice);
  return put_back(file, data, most);
}
