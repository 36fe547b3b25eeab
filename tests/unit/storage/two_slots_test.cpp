// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <random>
#include <runtime/storage/memory_flash.hpp>
#include <string>
#include <tests/unit/storage/double_faults.hpp>

// States in a flash whose power is cut.
namespace {

using namespace etch::storage;
using nor::Flash, nor::Geometry, nor::Sealed;

void check_double_faults(const Geometry& geometry) {
  for (int history : {0, 1, 2}) {
    CAPTURE(geometry.word, geometry.page, geometry.pages, history);
    const nor::Counted counted = nor::double_faults<Sealed>(geometry, history);
    CHECK(counted.runs > 25L * (20 / geometry.word) * (20 / geometry.word));
    CHECK(counted.lost == 0);
    CHECK(counted.older == 0);
    CHECK(counted.wrong == 0);
    CHECK(counted.stuck == 0);
    CHECK(counted.violations == 0);
  }
}

TEST_CASE("two cuts in a row lose no state, at any word and erase", "[storage]") {
  check_double_faults({.word = 4, .page = 256, .pages = 1});
  check_double_faults({.word = 8, .page = 128, .pages = 1});
  check_double_faults({.word = 16, .page = 128, .pages = 1});
}

TEST_CASE("two cuts in a row lose no state of several pages", "[storage]") {
  check_double_faults({.word = 4, .page = 32, .pages = 3});
  check_double_faults({.word = 8, .page = 32, .pages = 4});
  check_double_faults({.word = 16, .page = 32, .pages = 3});
}

TEST_CASE("two cuts in a row lose no state of the smallest and the largest words", "[storage]") {
  for (const Geometry& geometry : {Geometry{2, 64, 1}, Geometry{32, 64, 2}, Geometry{64, 192, 1}}) {
    const nor::Counted counted = nor::double_faults<Sealed>(geometry, 1);
    CAPTURE(geometry.word);
    CHECK(counted.runs > 200);
    CHECK(counted.lost + counted.older + counted.wrong + counted.stuck + counted.violations == 0);
  }
}

TEST_CASE("the simulated flash finds the fault of a generation and CRC written last", "[storage]") {
  int lost = 0;
  for (int history : {1, 2, 3}) lost += nor::double_faults<nor::CrcLast>({.word = 8}, history).lost;
  CHECK(lost > 0);
}

TEST_CASE("the simulated flash sees a word that is programmed twice", "[storage]") {
  Flash flash({.word = 8}, 1);
  const std::vector<std::byte> word(8, std::byte{1});
  flash.program(0, word);
  CHECK(flash.violations == 0);
  flash.program(0, word);
  CHECK(flash.violations == 1);
  flash.erase(0);
  flash.cut_at({0, nor::Cut::nothing});
  CHECK_THROWS_AS(flash.program(8, word), nor::PowerCut);
  flash.cut_at({});
  flash.program(8, word);  // reads blank, but is not
  CHECK(flash.violations == 2);
}

TEST_CASE("flipped bits give a state that was committed, or none", "[storage]") {
  std::mt19937 random(3);
  for (int flips : {1, 2, 5, 40})
    for (int round = 0; round < 500; ++round) {
      Flash flash({.word = 8}, 1);
      Sealed writer(flash);
      REQUIRE(writer.commit(1));
      REQUIRE(writer.commit(2));
      std::size_t slot = random() % 2;
      for (int i = 0; i < flips; ++i) flash.flip(slot * 128 * 8 + random() % 512);
      Sealed reader(flash);
      const int booted = reader.boot();
      // One slot was damaged, so the other is there; where the bits cancel out or lie behind the data, both.
      CHECK((booted == 2 || (booted == 1 && slot == 1)));
      REQUIRE(reader.commit(3));
      CHECK(Sealed(flash).boot() == 3);
    }
}

TEST_CASE("flipped bits in both slots are damage, and the next commit is good", "[storage]") {
  for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
    Flash flash({.word = 8}, 1);
    Sealed writer(flash);
    writer.commit(1);
    writer.commit(2);
    flash.flip(bit);
    flash.flip(128 * 8 + bit);
    nor::State state;
    const std::span<std::byte> parts[] = {state};
    TwoSlots<Flash> reader(flash, {.graph = 0x1234, .optimizer = 5});
    CHECK(reader.boot(parts) == Boot::damaged);
    REQUIRE(Sealed(flash).commit(3));
    CHECK(Sealed(flash).boot() == 3);
  }
}

TEST_CASE("ten thousand commits erase each slot equally often, once a commit", "[storage]") {
  Flash flash({.word = 8, .page = 32, .pages = 2}, 1);
  Sealed store(flash);
  for (int i = 0; i < 10000; ++i) REQUIRE(store.commit(1 + i % 7));
  CHECK(flash.erases == std::vector<int>{5000, 5000, 5000, 5000});
  CHECK(store.store.generation() == 10000);
  CHECK(flash.violations == 0);
  // Pages that the state does not reach are not erased.
  Flash large({.word = 8, .page = 32, .pages = 4}, 1);
  Sealed(large).commit(1);
  CHECK(large.erases == std::vector<int>{1, 1, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a boot goes on with generations, and so does a commit without one", "[storage]") {
  Flash flash({}, 1);
  CHECK(Sealed(flash).boot() == nor::none);
  CHECK(Sealed(flash).commit(1));
  CHECK(Sealed(flash).commit(2));  // must not take the slot of the first
  CHECK(flash.erases == std::vector<int>{1, 1});
  Sealed store(flash);
  CHECK(store.boot() == 2);
  CHECK(store.store.generation() == 2);
  CHECK(store.commit(3));
  CHECK(store.boot() == 3);
}

TEST_CASE("a commit goes on from what another object committed to the same flash", "[storage]") {
  for (const int commits : {1, 2, 3}) {
    CAPTURE(commits);
    Flash flash({}, 1);
    Sealed first(flash), second(flash);
    REQUIRE(first.commit(1));
    REQUIRE(first.commit(2));
    REQUIRE(second.boot() == 2);
    for (int i = 0; i < commits; ++i) REQUIRE(second.commit(3 + i));
    // Cut at its first word, the commit of the first object leaves the last state of the second.
    flash.cut_at({0, nor::Cut::complete});
    CHECK_THROWS_AS(first.commit(7), nor::PowerCut);
    flash.cut_at({});
    CHECK(Sealed(flash).boot() == 2 + commits);
    REQUIRE(first.commit(7));
    CHECK(first.store.generation() == 3 + static_cast<std::uint32_t>(commits));
    CHECK(Sealed(flash).boot() == 7);
  }
}

/// A store in RAM with states of any size.
struct Ram {
  std::vector<std::byte> bytes;
  MemoryFlash flash;
  explicit Ram(std::size_t size = 512, std::uint32_t page = 64, std::uint32_t word = 8)
      : bytes(size, std::byte{0xff}), flash{bytes, page, word} {}
  Boot boot(std::span<std::byte> state, Identity identity = {}) {
    const std::span<std::byte> parts[] = {state};
    return TwoSlots(flash, identity).boot(parts);
  }
  Commit commit(std::span<const std::byte> state, Identity identity = {}) {
    const std::span<const std::byte> parts[] = {state};
    return TwoSlots(flash, identity).commit(parts);
  }
};

TEST_CASE("what another firmware stored is refused with the reason, and kept", "[storage]") {
  Ram ram;
  nor::State state = nor::state_of(1), read{};
  const Identity mine{.graph = 7, .optimizer = 1};
  CHECK(ram.boot(read, mine) == Boot::empty);
  REQUIRE(ram.commit(state, mine) == Commit::done);
  CHECK(ram.boot(read, {.graph = 8, .optimizer = 1}) == Boot::other_graph);
  CHECK(ram.boot(read, {.graph = 7, .optimizer = 2}) == Boot::other_optimizer);
  CHECK(ram.boot(std::span(read).first(19), mine) == Boot::other_size);
  CHECK(ram.boot(read, mine) == Boot::loaded);
  CHECK(read == state);
  CHECK(std::string(sentence(Boot::other_graph)).find("another model") != std::string::npos);

  // A new firmware's first commit leaves the old one's state, which goes back to it.
  const nor::State other = nor::state_of(2);
  REQUIRE(ram.commit(other, {.graph = 8, .optimizer = 1}) == Commit::done);
  CHECK(ram.boot(read, mine) == Boot::loaded);
  CHECK(read == state);
  CHECK(ram.boot(read, {.graph = 8, .optimizer = 1}) == Boot::loaded);
  CHECK(read == other);
}

TEST_CASE("a later format is refused", "[storage]") {
  Ram ram;
  nor::State state = nor::state_of(1);
  REQUIRE(ram.commit(state) == Commit::done);
  SlotHeader header;
  std::memcpy(&header, ram.bytes.data(), sizeof header);
  CHECK(header.version == 1);
  header.version = 2;
  header.crc = etch::crc32(state, crc_before_data(header));
  std::memcpy(ram.bytes.data(), &header, sizeof header);
  CHECK(ram.boot(state) == Boot::other_format);
}

TEST_CASE("states of every size that fits, from nothing to a full slot", "[storage]") {
  for (std::uint32_t word : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
    Ram ram(512, 64, word);
    for (std::uint32_t size = 0; size <= 260; ++size) {
      CAPTURE(word, size);
      std::vector<std::byte> state(size, static_cast<std::byte>(size)), read(size);
      const bool fits = slot_bytes_for(size, word) <= 256;
      REQUIRE(ram.commit(state) == (fits ? Commit::done : Commit::too_large));
      if (!fits) continue;
      REQUIRE(ram.boot(read) == Boot::loaded);
      REQUIRE(read == state);
    }
  }
}

TEST_CASE("generations wrap", "[storage]") {
  Ram ram;
  nor::State state = nor::state_of(1), read{};
  for (std::uint32_t generation : {0xfffffffeU, 0xffffffffU, 0U, 1U}) {
    REQUIRE(ram.commit(state) == Commit::done);
    const std::size_t begin = 256 * std::size_t{generation % 2};
    // Makes the slot one of this generation.
    SlotHeader header{.generation = generation, .bytes = 20};
    header.crc = etch::crc32(nor::state_of(static_cast<int>(generation & 3) + 1), crc_before_data(header));
    const nor::State own = nor::state_of(static_cast<int>(generation & 3) + 1);
    std::memcpy(ram.bytes.data() + begin, &header, sizeof header);
    std::memcpy(ram.bytes.data() + begin + 32, seal_pattern.data(), 4);
    std::memcpy(ram.bytes.data() + begin + 36, seal_pattern.data(), 4);
    std::memcpy(ram.bytes.data() + begin + 40, own.data(), own.size());
    REQUIRE(ram.boot(read) == Boot::loaded);
    CHECK(read == own);
  }
}

TEST_CASE("no generation is that of an empty flash or of its first commit but theirs", "[storage]") {
  Ram ram;
  nor::State state = nor::state_of(1), read{};
  SlotHeader header{.generation = 0xfffffffeU, .bytes = 20};
  header.crc = etch::crc32(state, crc_before_data(header));
  std::memcpy(ram.bytes.data(), &header, sizeof header);
  std::memcpy(ram.bytes.data() + 32, seal_pattern.data(), 4);
  std::memcpy(ram.bytes.data() + 36, seal_pattern.data(), 4);
  std::memcpy(ram.bytes.data() + 40, state.data(), state.size());
  const std::span<const std::byte> parts[] = {state};
  for (const std::uint32_t generation : {0xffffffffU, 2U, 3U}) {
    state = nor::state_of(static_cast<int>(generation % 7));
    TwoSlots store(ram.flash, {});
    REQUIRE(store.commit(parts) == Commit::done);
    CHECK(store.generation() == generation);
    REQUIRE(ram.boot(read) == Boot::loaded);
    CHECK(read == state);
  }
}

TEST_CASE("drivers that cannot work are refused with a sentence", "[storage]") {
  nor::State state = nor::state_of(1);
  struct Row {
    std::size_t size;
    std::uint32_t page, word;
  };
  for (const Row& row : {Row{512, 64, 0}, Row{512, 64, 3}, Row{512, 64, 128}, Row{512, 0, 8}, Row{512, 60, 8},
                         Row{0, 64, 8}, Row{64, 32, 8}, Row{500, 64, 4}}) {
    CAPTURE(row.size, row.page, row.word);
    Ram ram(row.size, row.page, row.word);
    CHECK(ram.boot(state) == Boot::wrong_driver);
    CHECK(ram.commit(state) == Commit::wrong_driver);
  }
  CHECK(std::string(sentence(Commit::wrong_driver)).find("driver") != std::string::npos);
}

/// A flash that is worn out: a page erases, but what is programmed does not hold.
struct Worn : MemoryFlash {
  bool says_so = false;
  bool program(std::uint32_t address, std::span<const std::byte> from) {
    if (says_so) return false;
    if (address < bytes.size() / 2) return MemoryFlash::program(address, from);
    std::vector<std::byte> wrong(from.begin(), from.end());
    wrong.back() ^= std::byte{1};
    return MemoryFlash::program(address, wrong);
  }
};

TEST_CASE("a commit that the flash does not hold says so, and the state before is there", "[storage]") {
  std::vector<std::byte> bytes(512, std::byte{0xff});
  Worn flash{{bytes, 64, 8}};
  nor::State one = nor::state_of(1), two = nor::state_of(2), read{};
  const std::span<const std::byte> parts[] = {one}, later[] = {two};
  const std::span<std::byte> to[] = {read};
  TwoSlots store(flash, {});
  CHECK(store.commit(parts) == Commit::done);
  CHECK(store.commit(later) == Commit::not_written);
  CHECK(store.boot(to) == Boot::loaded);
  CHECK(read == one);
  flash.says_so = true;
  CHECK(store.commit(later) == Commit::not_written);
  CHECK(TwoSlots(flash, {}).boot(to) == Boot::loaded);
  CHECK(read == one);
}

}  // namespace
