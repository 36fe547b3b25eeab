// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/loss_rows.hpp>

namespace etch::kernels {

/// What a batch has in common: how its targets are read, and the factor that makes its mask average 1.
template <class T>
struct LossBatch {
  const T* targets;
  const std::int32_t* classes;
  const T* mask;
  bool ignores;  // positions of class `ignored` count as masked
  std::int32_t ignored;
  bool signs = false;  // hinge targets 0 and 1 stand for -1 and 1
  T valid = 1;

  T kept(int position) const {
    if (ignores && classes[position] == ignored) return T(0);
    return mask ? mask[position] : T(1);
  }
};

template <class T>
[[gnu::always_inline]] inline LossBatch<T> prepare_loss(const Loss& d, const LossParameters& with,
                                                        int positions, const T* targets,
                                                        const std::int32_t* classes, const T* mask) {
  LossBatch<T> b{targets, classes, mask, takes_classes(d.kind) && with.b != 0.0f, 0};
  if (b.ignores) b.ignored = static_cast<std::int32_t>(with.a);
  if (mask || b.ignores) {
    T kept = 0;
    for (int k = 0; k < positions; ++k) kept += b.kept(k);
    b.valid = kept > T(0) ? T(positions) / kept : T(0);
  }
  if (d.kind == LossKind::hinge || d.kind == LossKind::squared_hinge) {
    b.signs = true;
    for (int i = 0; i < positions * d.elements; ++i)
      b.signs = b.signs && (targets[i] == T(0) || targets[i] == T(1));
  }
  return b;
}

/// The loss of position `k`; its slope times `scale` goes to `dp`.
template <class T>
[[gnu::always_inline]] inline T loss_of_position(const Loss& d, const LossParameters& with,
                                                 const LossBatch<T>& b, int k, const T* p, const T* t, T* dp,
                                                 T scale) {
  if (takes_classes(d.kind)) {
    const int right = b.classes[k];
    return crossentropy_loss(
        d, p, dp, scale, [right](int i) { return i == right ? T(1) : T(0); }, T(1));
  }
  switch (d.kind) {
    case LossKind::categorical_crossentropy: {
      const T kept = T(1) - T(with.a), spread = T(with.a) / T(d.elements);
      T total = 0;
      for (int i = 0; d.gradient && i < d.elements; ++i) total += t[i];
      return crossentropy_loss(
          d, p, dp, scale, [=](int i) { return multiply_add(t[i], kept, spread); },
          multiply_add(total, kept, T(with.a)));
    }
    case LossKind::categorical_focal_crossentropy:
      return categorical_focal_loss(d, with, p, t, dp, scale);
    case LossKind::kl_divergence:
      return divergence_loss(d, p, t, dp, scale);
    case LossKind::categorical_hinge:
      return categorical_hinge_loss(d, p, t, dp, scale);
    case LossKind::cosine_similarity:
      return cosine_loss(d, p, t, dp, scale);
    case LossKind::dice:
    case LossKind::tversky:
      return overlap_loss(d, with, p, t, dp, scale);
    case LossKind::user:
      return user_loss(d, p, t, dp, scale);
    default:
      return elementwise_loss(d, with, p, t, b.signs, dp, scale);
  }
}

/// `total[0]` is the sum over rows of the row's weight times the mean of its positions' losses; `dp`, memory
/// of its own, gets the gradient of `with.weight` times the mean over rows. Losses that take classes read
/// `classes`, one a position, the others `targets`. `sample_weights`, one a row, and `mask`, one a position,
/// may be null; the mask is first scaled so that it averages 1 over the batch (Keras 3: the mean is over what
/// it leaves in), and a position that it takes out may hold anything, as may a row of weight 0. Sums run over
/// elements, then positions, then rows, each in order. Where the rows are a `part` of a batch, targets and
/// classes stand among those of all of it, means are over all of it, and `total[0]` goes on from what it is;
/// there is no mask then.
template <class T>
[[gnu::always_inline]] inline void loss(const Loss& d, const LossParameters& with, int rows, const T* p,
                                        const T* targets, const std::int32_t* classes,
                                        const T* sample_weights, const T* mask, T* dp, T* total,
                                        const BatchPart& part = {}) {
  const int positions = scores_samples(d.kind) ? 1 : d.positions;
  const int elements = scores_samples(d.kind) ? d.positions * d.elements : d.elements;
  if (scores_samples(d.kind)) mask = nullptr;
  const int all = part.batch > 0 ? part.batch : rows, before = part.first * positions;
  LossBatch<T> batch = prepare_loss(d, with, all * positions, targets ? targets - before * elements : targets,
                                    classes ? classes - before : classes, mask);
  batch.targets = targets;
  batch.classes = classes;
  const T scale = T(with.weight) / T(all), share = T(1) / T(positions);
  T sum = part.batch > 0 ? total[0] : T(0);
  for (int r = 0; r < rows; ++r) {
    const T weight = sample_weights ? sample_weights[r] : T(1);
    T row = 0;
    for (int k = r * positions; k < (r + 1) * positions; ++k) {
      const T keep = batch.kept(k) * batch.valid;
      T* const slope = d.gradient ? dp + k * elements : nullptr;
      if (keep == T(0) || weight == T(0)) {
        for (int i = 0; d.gradient && i < elements; ++i) slope[i] = T(0);
        continue;
      }
      const T* const target = batch.targets ? batch.targets + k * elements : nullptr;
      const T loss = loss_of_position(d, with, batch, k, p + k * elements, target, slope,
                                      scale * weight * (share * keep));
      row = multiply_add(keep, loss, row);
    }
    sum = multiply_add(weight, row * share, sum);
  }
  total[0] = sum;
}

}  // namespace etch::kernels
