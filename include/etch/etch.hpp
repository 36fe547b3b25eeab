// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/submodel.hpp>
#include <etch/model/program/deploy.hpp>
#include <etch/model/program/predictor.hpp>
#include <etch/model/program/stream.hpp>
#include <etch/model/training/trainer.hpp>
