// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/device/streaming_quantile.hpp>

namespace etch {

/// Which scores (a reconstruction error, say) are unusual: those above `margin` times a quantile of the
/// scores of normal samples; a quantile below 0, of logarithms say, is divided by it. It learns from samples
/// that are known to be normal, while a machine is taken into service or after it was looked at; what it
/// calls an anomaly it must not learn from.
class AnomalyThreshold {
 public:
  /// \param least numbers before it calls anything an anomaly.
  constexpr explicit AnomalyThreshold(float quantile = 0.99f, float margin = 1.5f, std::uint32_t least = 100)
      : quantile_(quantile), margin_(margin), least_(least), share_(quantile) {
    if (!(margin > 0) || margin - margin != 0) fail("an anomaly threshold takes a margin above 0");
  }

  constexpr void learn(float score) { quantile_.add(score); }
  /// Forgets all scores: for another machine.
  constexpr void restart() { quantile_ = StreamingQuantile(share_); }

  constexpr bool ready() const { return quantile_.count() > 0 && quantile_.count() >= least_; }
  /// Infinity while it is not ready.
  constexpr float threshold() const {
    if (!ready()) return std::numeric_limits<float>::infinity();
    const float usual = quantile_.value();
    return usual < 0 ? usual / margin_ : margin_ * usual;
  }
  /// A score that is not finite is one: a sensor or model that gives it is broken.
  constexpr bool is_anomaly(float score) const { return score - score != 0 || score > threshold(); }
  constexpr std::uint32_t count() const { return quantile_.count(); }

 private:
  StreamingQuantile quantile_;
  float margin_;
  std::uint32_t least_;
  float share_;
};

}  // namespace etch
