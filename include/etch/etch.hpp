// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/deploy.hpp>
#include <etch/model/predictor.hpp>
#include <etch/model/stream.hpp>
#include <etch/model/submodel.hpp>
#include <etch/model/trainer.hpp>
