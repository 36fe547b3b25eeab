// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/callbacks/early_stopping.hpp>
#include <etch/train/callbacks/lambda_callback.hpp>
#include <etch/train/callbacks/learning_rate_scheduler.hpp>
#include <etch/train/callbacks/reduce_lr_on_plateau.hpp>
#include <etch/train/callbacks/terminate_on_nan.hpp>
