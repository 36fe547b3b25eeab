// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/storage/slot_header.hpp>
#include <runtime/storage/word_writer.hpp>

#include <cstring>

/// Keeps a state through power cuts: without heap, exceptions or operating system.
namespace etch::storage {

/// What a boot found.
enum class Boot : std::uint8_t {
  loaded,
  empty,            ///< neither slot was ever committed to
  damaged,          ///< there is something, and nothing of it is right
  other_format,     ///< written by a later version of this format
  other_graph,      ///< of a model with other layers
  other_optimizer,  ///< of this model, trained by another optimizer
  other_size,       ///< of this model, kept with other things beside it
  wrong_driver      ///< sizes and alignment do not fit each other
};

/// What a commit did. Where it is not `done`, the state that was committed before is still there.
enum class Commit : std::uint8_t {
  done,
  too_large,    ///< the state does not fit into a slot
  not_written,  ///< the flash does not hold what was written: try again, or it is worn out
  wrong_driver,
  unfinished_step  ///< of a training step some weights have moved and some have not: commit between steps
};

constexpr const char* sentence(Boot boot) {
  switch (boot) {
    case Boot::loaded:
      return "the state is loaded";
    case Boot::empty:
      return "no state was committed yet";
    case Boot::damaged:
      return "the storage is damaged: neither slot holds a state whose CRC is right";
    case Boot::other_format:
      return "the stored state is of a later format: this firmware is older than the one that wrote it";
    case Boot::other_graph:
      return "the stored state is of another model: the layers of the firmware that wrote it were others";
    case Boot::other_optimizer:
      return "the stored state is of another optimizer: the firmware that wrote it trained by other rules";
    case Boot::other_size:
      return "the stored state has another size: the firmware that wrote it kept other things beside the "
             "model";
    case Boot::wrong_driver:
      break;
  }
  return "the flash driver is wrong: a slot is whole pages, a page whole words, a word a power of two bytes";
}
constexpr const char* sentence(Commit commit) {
  switch (commit) {
    case Commit::done:
      return "the state is committed";
    case Commit::too_large:
      return "the state does not fit into a slot: slot_bytes_for says what it needs";
    case Commit::not_written:
      return "the flash does not hold what was written; the state before is still there";
    case Commit::unfinished_step:
      return "a training step in slices is not over, so that some weights have moved and some have not: "
             "finish one before they are kept";
    case Commit::wrong_driver:
      break;
  }
  return sentence(Boot::wrong_driver);
}

/// The arrays of a state, one after another: what is read and written stays where it is.
using Parts = std::span<const std::span<std::byte>>;
using ConstParts = std::span<const std::span<const std::byte>>;

/// Two slots of which one always holds the last state.
///
/// A commit takes the slot that was not booted from, always erases it (that it reads blank is no proof after
/// a cut), writes the data, then a header with the generation and a CRC, reads both back, and then seals them
/// in a word of its own. A boot takes the newest slot with a seal, else the newest whose CRC is right (but of
/// a first commit, which needs the seal). The seal is what two faults in a row need: a header that a cut left
/// unstable reads right today and wrong tomorrow, when the other slot has been erased for the sake of it.
///
/// Two boots with no commit between them may answer the last state and the one before, where a cut came in
/// the word of the seal: the bits that training goes on with are those of the state that was booted.
template <FlashDriver Driver>
class TwoSlots {
 public:
  TwoSlots(Driver& driver, const Identity& identity) : driver_(driver), identity_(identity) {}

  /// Loads the newest state of this firmware into `parts`, whose sizes are what was committed. Where nothing
  /// is loaded their content is undefined.
  Boot boot(Parts parts) {
    look();
    if (!driver_is_right()) return Boot::wrong_driver;
    const int first = better(0, 1) ? 0 : 1;
    Boot found = Boot::damaged;
    for (const int s : {first, 1 - first}) {
      const Boot one = load(s, parts);
      if (one == Boot::loaded) {
        current_ = s;
        return one;
      }
      if (found == Boot::damaged) found = one;  // the newer one says why
    }
    return slot_[0].blank && slot_[1].blank ? Boot::empty : found;
  }

  /// Makes `parts` the state that the next boot loads. One erase of each page that it needs.
  Commit commit(ConstParts parts) {
    if (!looked_) look();
    if (!driver_is_right()) return Commit::wrong_driver;
    look_for_later();
    std::uint64_t bytes = 0;
    for (const auto& part : parts) bytes += part.size();
    const Sizes sizes = driver_.sizes();
    if (bytes > sizes.slot_bytes ||
        slot_bytes_for(static_cast<std::uint32_t>(bytes), driver_.alignment()) > sizes.slot_bytes)
      return Commit::too_large;
    SlotHeader header{.generation = generation_after(newest_),
                      .bytes = static_cast<std::uint32_t>(bytes),
                      .graph = identity_.graph,
                      .optimizer = identity_.optimizer};
    const int target = current_ < 0 ? 0 : 1 - current_;
    if (!erase(target, header.bytes) || !write(target, header, parts) || !seal(target))
      return Commit::not_written;
    current_ = target;
    newest_ = header.generation;
    return Commit::done;
  }

  /// Of the newest state that is there, whoever wrote it; 0 if there is none.
  std::uint32_t generation() const { return newest_; }

 private:
  /// Words that a cut left unstable read right at times: so often a slot may try, and a seal, on which it
  /// depends that two boots answer the same.
  static constexpr int attempts = 8, attempts_of_seal = 32;

  struct Slot {
    SlotHeader header;
    bool right = false;  ///< the CRC is
    bool sealed = false;
    bool blank = false;  ///< the header reads as erased
  };

  bool driver_is_right() const { return is_right(driver_.sizes(), driver_.alignment()); }
  SlotLayout layout() const { return SlotLayout(driver_.alignment()); }
  std::uint32_t address_of(int slot) const {
    return static_cast<std::uint32_t>(slot) * driver_.sizes().slot_bytes;
  }

  /// Whether `a` is booted before `b`.
  bool better(int a, int b) const {
    const Slot &one = slot_[a], &other = slot_[b];
    if (one.right != other.right) return one.right;
    if (one.sealed != other.sealed) return one.sealed;
    return is_later(one.header.generation, other.header.generation);
  }
  /// Generations may wrap.
  static bool is_later(std::uint32_t a, std::uint32_t b) { return a != b && a - b < 0x80000000U; }
  /// 0 is none, and 1 a first commit, beside which nothing stands.
  static std::uint32_t generation_after(std::uint32_t newest) {
    return newest == 0xffffffffU ? 2 : newest + 1;
  }

  void look() {
    looked_ = true;
    if (!driver_is_right()) return;
    for (int s = 0; s < 2; ++s) slot_[s] = look_at(s);
    // What a commit must not erase, even where it is another firmware's: until this one has its own.
    const int best = better(0, 1) ? 0 : 1;
    current_ = slot_[best].right ? best : -1;
    newest_ = 0;
    for (const Slot& slot : slot_)
      if (slot.right && (newest_ == 0 || is_later(slot.header.generation, newest_)))
        newest_ = slot.header.generation;
  }
  /// Another object may have committed to this flash since: its state is not to be erased, nor its generation
  /// to be given again. Only what is sealed counts: the slot that was booted from stays, as long as none is.
  void look_for_later() {
    for (int s = 0; s < 2; ++s) {
      HeaderBytes bytes;
      if (driver_.read(address_of(s), bytes) != ReadStatus::good) continue;
      if (!is_later(std::bit_cast<SlotHeader>(bytes).generation, newest_)) continue;
      const Slot slot = look_at(s);
      if (!slot.right || !slot.sealed || !is_later(slot.header.generation, newest_)) continue;
      current_ = s;
      newest_ = slot.header.generation;
    }
  }
  Slot look_at(int s) {
    Slot slot;
    for (int i = 0; i < attempts && !slot.right; ++i) {
      HeaderBytes bytes;
      if (driver_.read(address_of(s), bytes) != ReadStatus::good) continue;
      slot.blank = is_blank(bytes);
      slot.header = std::bit_cast<SlotHeader>(bytes);
      slot.right = data_are_right(s, slot.header);
    }
    for (int i = 0; i < attempts_of_seal && !slot.sealed; ++i) slot.sealed = is_sealed(s);
    // Nothing stands beside a first commit that was cut: were it booted, its unstable words would be all.
    if (slot.header.generation == 1 && !slot.sealed) slot.right = false;
    return slot;
  }
  static bool is_blank(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes)
      if (byte != std::byte{0xff}) return false;
    return true;
  }

  /// Whether the data agree with a header that was read.
  bool data_are_right(int s, const SlotHeader& header) {
    const std::uint32_t room = driver_.sizes().slot_bytes - layout().data;
    if (header.magic != SlotHeader::magic_number || header.bytes > room) return false;
    std::uint32_t crc = crc_before_data(header), at = address_of(s) + layout().data;
    std::array<std::byte, max_alignment> buffer;
    for (std::uint32_t rest = header.bytes; rest > 0;) {
      const auto some = std::span(buffer).first(rest < buffer.size() ? rest : buffer.size());
      if (driver_.read(at, some) != ReadStatus::good) return false;
      crc = crc32(some, crc);
      at += static_cast<std::uint32_t>(some.size());
      rest -= static_cast<std::uint32_t>(some.size());
    }
    return crc == header.crc;
  }
  bool is_sealed(int s) {
    std::array<std::byte, max_alignment> word;
    const auto seal = std::span(word).first(driver_.alignment());
    if (driver_.read(address_of(s) + layout().seal, seal) != ReadStatus::good) return false;
    for (std::size_t i = 0; i < seal.size(); ++i)
      if (seal[i] != seal_pattern[i % seal_pattern.size()]) return false;
    return true;
  }

  Boot load(int s, Parts parts) {
    const SlotHeader& header = slot_[s].header;
    if (!slot_[s].right) return Boot::damaged;
    if (header.version != SlotHeader::current_version) return Boot::other_format;
    if (header.graph != identity_.graph) return Boot::other_graph;
    if (header.optimizer != identity_.optimizer) return Boot::other_optimizer;
    std::uint64_t bytes = 0;
    for (const auto& part : parts) bytes += part.size();
    if (bytes != header.bytes) return Boot::other_size;
    for (int i = 0; i < attempts; ++i)
      if (read_into(s, parts)) return Boot::loaded;
    return Boot::damaged;
  }
  /// What arrived is what is checked: an unstable word may read otherwise than when the slot was looked at.
  bool read_into(int s, Parts parts) {
    std::uint32_t crc = crc_before_data(slot_[s].header), at = address_of(s) + layout().data;
    for (const auto& part : parts) {
      if (driver_.read(at, part) != ReadStatus::good) return false;
      crc = crc32(part, crc);
      at += static_cast<std::uint32_t>(part.size());
    }
    return crc == slot_[s].header.crc;
  }

  /// The page of the header last: until then the slot's older state is refused by its CRC.
  bool erase(int s, std::uint32_t data_bytes) {
    const std::uint32_t page = driver_.sizes().page_bytes, begin = address_of(s),
                        used = slot_bytes_for(data_bytes, driver_.alignment());
    for (std::uint32_t at = page; at < used; at += page)
      if (!driver_.erase(begin + at)) return false;
    return driver_.erase(begin);
  }
  /// Data, then the header; then both are read back.
  bool write(int s, SlotHeader& header, ConstParts parts) {
    header.crc = crc_before_data(header);
    WordWriter<Driver> data(driver_, address_of(s) + layout().data);
    for (const auto& part : parts) {
      header.crc = crc32(part, header.crc);
      data.put(part);
    }
    if (!data.finish()) return false;
    const HeaderBytes written = bytes_of(header);
    WordWriter<Driver> head(driver_, address_of(s));
    head.put(written);
    HeaderBytes there;
    return head.finish() && driver_.read(address_of(s), there) == ReadStatus::good && there == written &&
           data_are_right(s, header);
  }
  bool seal(int s) {
    WordWriter<Driver> word(driver_, address_of(s) + layout().seal);
    for (std::uint32_t i = 0; i < driver_.alignment(); ++i)
      word.put(std::span(&seal_pattern[i % seal_pattern.size()], 1));
    return word.finish() && is_sealed(s);
  }

  Driver& driver_;
  Identity identity_;
  Slot slot_[2];
  int current_ = -1;          ///< the slot that was booted from or committed to
  std::uint32_t newest_ = 0;  ///< the newest generation of all
  bool looked_ = false;
};

}  // namespace etch::storage
