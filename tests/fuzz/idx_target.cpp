// SPDX-License-Identifier: BSL-1.0
// IDX files, plain or behind gzip.
#include <runtime/host/data/idx.hpp>
#include <runtime/host/files/gzip.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/mutation.hpp>
#include <tests/fuzz/packed.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

constexpr std::size_t limit = 1 << 22;

void check(const host::IdxArray& array, std::size_t file_bytes) {
  std::size_t elements = 1;
  for (const int extent : array.shape) {
    require(extent > 0, "extents are at least 1");
    elements *= static_cast<std::size_t>(extent);
  }
  require(!array.shape.empty() && array.data.size() == elements, "an array has as many bytes as its shape");
  require(4 + 4 * array.shape.size() + elements == file_bytes, "an array is the whole file");
}

/// Magic, rank, extents and data of an IDX file.
void mutate_idx(Bytes& file, Dice& dice, std::size_t most) {
  if (file.size() < 8 || dice.one_in(3)) return mutate_bytes(file, most);
  if (dice.one_in(3)) {
    file[2 + dice.below(2)] = static_cast<std::uint8_t>(dice.one_in(2) ? 8 : dice.below(6));
    return;
  }
  const std::size_t rank = std::min<std::size_t>(file[3], (file.size() - 4) / 4);
  if (rank == 0) return mutate_bytes(file, most);
  const std::size_t at = 4 + 4 * dice.below(rank);
  std::uint32_t extent = 0;
  for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | file[at + i];
  extent = static_cast<std::uint32_t>(other_number(dice, extent));
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(extent >> (24 - 8 * i));
  std::uint64_t elements = 1;
  for (std::size_t i = 0; i < rank && elements < most; ++i)
    elements *=
        std::uint64_t{file[4 + 4 * i]} << 24 | file[5 + 4 * i] << 16 | file[6 + 4 * i] << 8 | file[7 + 4 * i];
  if (elements < most && dice.one_in(2)) file.resize(4 + 4 * rank + elements);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  has_answer([&] {
    Bytes file(data, data + size);
    if (is_gzip(file)) file = host::gunzip(file, "images.gz", limit);
    require(file.size() <= limit, "no more is unpacked than allowed");
    check(host::read_idx(file, "images"), file.size());
  });
  return 0;
}

/// Mutates what is packed, and packs it again, so that its checksum is right.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  Bytes bytes(data, data + size);
  if (dice.one_in(6)) return LLVMFuzzerMutate(data, size, most);
  const bool packed = is_gzip(bytes);
  if (packed && !has_answer([&] { bytes = host::gunzip(bytes, "images.gz", limit); }))
    return LLVMFuzzerMutate(data, size, most);
  mutate_idx(bytes, dice, 4096);
  if (packed != dice.one_in(8)) bytes = dice.one_in(4) ? gzipped_twice(bytes) : gzipped(bytes);
  return put_back(bytes, data, most);
}
