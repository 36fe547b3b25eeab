// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstring>
#include <runtime/kernels/portable/integer_rounding.hpp>

namespace etch::kernels {

/// Sums that are to become int8 in one unit, in 16 bits each until the largest of them is known: shifted
/// right, all by as much as the largest so far asks for. The bits are those of `narrow`: it adds half a unit
/// and shifts, for which the bits below half a unit do not matter, and shifts that round down add up.
class Halves {
 public:
  /// \param at where they stand, 2 bytes a sum
  explicit Halves(std::int8_t* at) : begin_(at), end_(at) {}

  /// Appends one or more sums of sizes below 2^31 - 2^24, which may stand where they are appended and are
  /// lost. \param gate where it is 0, a sum becomes 0; null: none does
  void append(std::int32_t* sums, std::int32_t count, const std::int8_t* gate) {
    if (gate != nullptr)
      for (std::int32_t i = 0; i < count; ++i)
        if (gate[i] == 0) sums[i] = 0;
    const std::int32_t* const end = sums + count;
    reach_.take(sums, end);
    const std::int32_t shift = std::bit_width(reach_.largest() >> 15);
    if (shift > shift_) shift_more(shift - shift_);
    std::int8_t* to = end_;
    do {
      put(to, *sums >> shift);
      to += 2;
    } while (++sums != end);
    end_ = to;
  }

  /// Writes what was appended as int8. \return as `narrow` does
  std::int32_t narrow(std::int8_t* to) const {
    const std::int32_t shift = unit_shift(reach_.largest()), half = (1 << shift >> 1) >> shift_,
                       rest = shift - shift_;
    const std::int8_t* at = begin_;
    const std::int8_t* const end = end_;
    do {
      *to++ = static_cast<std::int8_t>((get(at) + half) >> rest);
      at += 2;
    } while (at != end);
    return reach_.largest() == 0 ? -1 : shift;
  }

 private:
  static std::int32_t get(const std::int8_t* at) {
    std::int16_t half = 0;
    std::memcpy(&half, __builtin_assume_aligned(at, 2), sizeof half);
    return half;
  }
  static void put(std::int8_t* at, std::int32_t sum) {
    const auto half = static_cast<std::int16_t>(sum);
    std::memcpy(__builtin_assume_aligned(at, 2), &half, sizeof half);
  }
  void shift_more(std::int32_t by) {
    for (std::int8_t *at = begin_, *const end = end_; at != end; at += 2) put(at, get(at) >> by);
    shift_ += by;
  }

  std::int8_t *begin_, *end_;
  Reach reach_;
  std::int32_t shift_ = 0;
};

/// Rows of sums of which `open` are added to at a time, from the first to the last: those before them stand
/// as `Halves`, and the open ones as int32 behind these.
class SlidingRows {
 public:
  struct Extents {
    std::int32_t rows = 0, open = 0, row = 0;  ///< `open` is at most `rows`; numbers of a row

    /// Where row `first` of the open ones begins.
    constexpr std::int32_t place(std::int32_t first) const { return (2 * first * row + 3) / 4 * 4; }
    constexpr std::int32_t bytes() const { return place(rows - open) + 4 * open * row; }
  };

  /// \param at `bytes()` of whole words \param gate of all rows, or null: see `Halves::append`
  SlidingRows(const Extents& extents, std::int8_t* at, const std::int8_t* gate)
      : extents_(extents), at_(at), gate_(gate), halves_(at) {
    clear(open(), open() + extents_.open * extents_.row);
  }

  /// The sums of row `first` and of those behind it that are open.
  std::int32_t* open() const { return reinterpret_cast<std::int32_t*>(at_ + extents_.place(first_)); }

  /// Closes the rows before `first`.
  void close(std::int32_t first) {
    if (first > extents_.rows) first = extents_.rows;
    while (first_ < first) close_some(first - first_);
  }
  const Halves& halves() const { return halves_; }

 private:
  std::int32_t open_rows() const {
    return extents_.rows - first_ < extents_.open ? extents_.rows - first_ : extents_.open;
  }
  void close_some(std::int32_t count) {
    const std::int32_t were_open = open_rows(), row = extents_.row;
    if (count > were_open) count = were_open;
    std::int32_t* const closed = open();
    halves_.append(closed, count * row, gate_ == nullptr ? nullptr : gate_ + first_ * row);
    first_ += count;
    const std::int32_t* const end = closed + were_open * row;
    std::int32_t* to = open();
    const std::int32_t* const open_end = to + open_rows() * row;
    for (const std::int32_t* from = closed + count * row; from != end; ++from, ++to) *to = *from;
    clear(to, open_end);
  }
  static void clear(std::int32_t* at, const std::int32_t* end) {
    for (; at != end; ++at) *at = 0;
  }

  Extents extents_;
  std::int8_t* at_;
  const std::int8_t* gate_;
  Halves halves_;
  std::int32_t first_ = 0;
};

}  // namespace etch::kernels
