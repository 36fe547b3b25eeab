// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/submodel.hpp>
#include <etch/model/program/deploy.hpp>
#include <etch/model/program/predictor.hpp>
#include <etch/model/program/stream.hpp>
#include <etch/model/training/trainer.hpp>

// The one header that lies above both the core and the desktop library: all others of etch/ do without the
// latter.
#if defined(ETCH_HOST)
#include <runtime/host/training.hpp>
#endif
