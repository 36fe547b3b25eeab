// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/accuracy.hpp>
#include <etch/train/metrics/auc.hpp>
#include <etch/train/metrics/confusion_matrix.hpp>
#include <etch/train/metrics/f_score.hpp>
#include <etch/train/metrics/mean_loss.hpp>
#include <etch/train/metrics/precision_recall.hpp>
#include <etch/train/metrics/r2_score.hpp>
#include <etch/train/metrics/weighted.hpp>
