// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <vector>

namespace etch::cycles {

/// Which reads of flash a cache holds: fully associative, the line that was not used for longest makes room.
/// A line has room for one or several reads beside one another, each of which may be there or not.
class ReadCache {
 public:
  /// No lines: it never holds anything. `reads` of a line: 1 to 64.
  ReadCache(int lines, int reads);

  /// Whether it is there.
  bool has(std::uint32_t read) const;
  /// The same, and it counts as used.
  bool use(std::uint32_t read);
  void keep(std::uint32_t read);

 private:
  struct Line {
    std::uint32_t number = ~0U;
    std::uint64_t there = 0;  ///< a bit for each read
    std::uint64_t used = 0;
  };

  const Line* find(std::uint32_t read) const;
  std::uint64_t bit(std::uint32_t read) const { return std::uint64_t{1} << (read % reads_); }

  std::vector<Line> lines_;
  std::uint32_t reads_;
  std::uint64_t clock_ = 0;
};

}  // namespace etch::cycles
