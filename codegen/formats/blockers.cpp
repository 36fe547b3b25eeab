// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/blockers.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>

namespace etch::host {

namespace {

/// More are counted only.
constexpr std::size_t most_told = 24, most_places = 8;

}  // namespace

void Blockers::add(const std::string& op, int index, const std::string& reason) {
  const auto same =
      std::ranges::find_if(found_, [&](const Blocker& b) { return b.op == op && b.reason == reason; });
  if (same != found_.end())
    same->places.push_back(index);
  else
    found_.push_back({op, reason, {index}});
}

/// `CONV_2D (operator 3) is ...`, `ADD (operators 3, 5 and 9) is ...`.
std::string Blockers::text(const Blocker& b) const {
  const std::size_t told = std::min(b.places.size(), most_places), left = b.places.size() - told;
  std::string places;
  for (std::size_t i = 0; i < told; ++i) {
    const bool last = i + 1 == told && left == 0;
    places += (i == 0 ? "" : last ? " and " : ", ") + std::to_string(b.places[i]);
  }
  if (left > 0) places += " and " + std::to_string(left) + " more";
  return b.op + " (" + place_ + (b.places.size() > 1 ? "s " : " ") + places + ") " + b.reason;
}

std::string Blockers::text() const {
  std::string all;
  for (std::size_t i = 0; i < std::min(found_.size(), most_told); ++i)
    all += (i > 0 ? "; " : "") + text(found_[i]);
  if (found_.size() > most_told) all += "; and " + std::to_string(found_.size() - most_told) + " more";
  return all;
}

void Blockers::refuse(const std::string& file) const { throw Error("'" + file + "': " + text()); }

}  // namespace etch::host
