// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/quantization.hpp>
#include <codegen/quantize/stored_numbers.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace etch::host::quantization {

namespace {

Range range_of(const Quantization& q, ElementType type) {
  const int8::Bounds all = int8::all_numbers(type);
  return {q.scale * static_cast<float>(all.lowest - q.zero_point),
          q.scale * static_cast<float>(all.highest - q.zero_point)};
}

std::string short_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", number);
  return text;
}

/// A sign for each part, from nothing to the most.
std::string signs_of(const StoredNumbers& stored) {
  constexpr std::string_view signs = " .:-=+*#@";
  const auto most = static_cast<double>(*std::ranges::max_element(stored.histogram));
  std::string text;
  for (const std::uint64_t count : stored.histogram) {
    const double share = std::log1p(static_cast<double>(count)) / std::max(std::log1p(most), 1e-30);
    text += signs[static_cast<std::size_t>(std::ceil(share * static_cast<double>(signs.size() - 1)))];
  }
  return text;
}

/// Which of some equal parts of a range a number lies in. In doubles: the width of a range of floats may be
/// none.
std::size_t part_of(double x, const Range& range, std::size_t parts) {
  const double low = static_cast<double>(range.lowest), width = static_cast<double>(range.highest) - low;
  if (!(width > 0) || !std::isfinite(width)) return 0;
  const double share = std::clamp((x - low) / width, 0.0, 1.0);
  return std::min(static_cast<std::size_t>(share * static_cast<double>(parts)), parts - 1);
}

}  // namespace

StoredCounter::Storage::Storage(const Quantization& q, ElementType type)
    : q(q), step(static_cast<double>(q.scale)), range(range_of(q, type)) {}

void StoredCounter::Storage::add(float x) {
  const double held = static_cast<double>(std::clamp(x, range.lowest, range.highest));
  const double error = std::nearbyint(held / step) * step - static_cast<double>(x);
  noise += error * error;
}

double StoredCounter::Storage::rms(std::uint64_t count) const {
  return std::sqrt(noise / static_cast<double>(count));
}

StoredCounter::StoredCounter(const Histogram& seen, const Quantization& q, ElementType type, bool fixed)
    : all_{seen.range, true, std::vector<std::uint64_t>(Histogram::bins)},
      now_(q, type),
      finest_(fixed ? q : quantization_of(least_error_range(seen, type), type), type),
      wide_(type == ElementType::i16 ? q : quantization_of(seen.range, ElementType::i16), ElementType::i16) {}

void StoredCounter::add(std::span<const float> numbers) {
  const float half = now_.q.scale / 2;
  for (const float x : numbers) {
    if (!std::isfinite(x)) continue;  // of a padding
    own_ = count_ == 0 ? Range{x, x} : Range{std::min(own_.lowest, x), std::max(own_.highest, x)};
    ++count_;
    beyond_ += x < now_.range.lowest - half || x > now_.range.highest + half ? 1 : 0;
    ++all_.count[part_of(static_cast<double>(x), all_.range, Histogram::bins)];
    for (Storage* const storage : {&now_, &finest_, &wide_}) storage->add(x);
  }
}

std::optional<StoredNumbers> StoredCounter::counted() const {
  if (count_ == 0) return {};
  StoredNumbers stored;
  stored.seen = own_;
  stored.held = now_.range;
  stored.clipped = static_cast<double>(beyond_) / static_cast<double>(count_);
  stored.rounding = now_.rms(count_);
  stored.finest = std::min(stored.rounding, finest_.rms(count_));
  stored.wide = wide_.rms(count_);
  for (int b = 0; b < Histogram::bins; ++b) {
    const double x = static_cast<double>(all_.range.lowest) +
                     (static_cast<double>(all_.range.highest) - static_cast<double>(all_.range.lowest)) *
                         (b + 0.5) / Histogram::bins;
    stored.histogram[part_of(x, own_, StoredNumbers::bins)] += all_.count[static_cast<std::size_t>(b)];
  }
  return stored;
}

std::string text_of(const StoredNumbers& s, ElementType type) {
  const auto range = [](const Range& r, const std::string& between) {
    return short_text(static_cast<double>(r.lowest)) + between + short_text(static_cast<double>(r.highest));
  };
  std::string text = "    " + range(s.seen, " [" + signs_of(s) + "] ") + ", holds " + range(s.held, " to ") +
                     ", clips " + short_text(100 * s.clipped) + " %; storing errs " + short_text(s.rounding);
  if (s.finest < 0.95 * s.rounding) text += ", " + short_text(s.finest) + " with the best range";
  if (type != ElementType::i16) text += ", " + short_text(s.wide) + " in 16x8";
  return text;
}

}  // namespace etch::host::quantization
