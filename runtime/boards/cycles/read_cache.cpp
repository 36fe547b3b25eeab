// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/read_cache.hpp>

#include <algorithm>

namespace etch::cycles {

ReadCache::ReadCache(int lines, int reads)
    : lines_(static_cast<std::size_t>(lines)), reads_(static_cast<std::uint32_t>(reads)) {}

const ReadCache::Line* ReadCache::find(std::uint32_t read) const {
  const std::uint32_t number = read / reads_;
  const auto found = std::find_if(lines_.begin(), lines_.end(),
                                  [number](const Line& line) { return line.number == number; });
  return found == lines_.end() ? nullptr : &*found;
}

bool ReadCache::has(std::uint32_t read) const {
  const Line* line = find(read);
  return line != nullptr && (line->there & bit(read)) != 0;
}

bool ReadCache::use(std::uint32_t read) {
  const Line* line = find(read);
  if (line == nullptr || (line->there & bit(read)) == 0) return false;
  lines_[static_cast<std::size_t>(line - lines_.data())].used = ++clock_;
  return true;
}

void ReadCache::keep(std::uint32_t read) {
  if (lines_.empty()) return;
  const Line* found = find(read);
  Line& line = found != nullptr
                   ? lines_[static_cast<std::size_t>(found - lines_.data())]
                   : *std::min_element(lines_.begin(), lines_.end(),
                                       [](const Line& a, const Line& b) { return a.used < b.used; });
  if (found == nullptr) line = {read / reads_, 0, 0};
  line.there |= bit(read);
  line.used = ++clock_;
}

}  // namespace etch::cycles
