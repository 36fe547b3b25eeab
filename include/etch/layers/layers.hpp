// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>
#include <etch/layers/batch_normalization.hpp>
#include <etch/layers/dense.hpp>
#include <etch/layers/dot.hpp>
#include <etch/layers/dropout.hpp>
#include <etch/layers/embedding.hpp>
#include <etch/layers/frozen.hpp>
#include <etch/layers/merge.hpp>
#include <etch/layers/padding.hpp>
#include <etch/layers/permute.hpp>
#include <etch/layers/pooling.hpp>
#include <etch/layers/primitive.hpp>
#include <etch/layers/reshape.hpp>
#include <etch/layers/resize.hpp>
