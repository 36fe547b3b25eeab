// SPDX-License-Identifier: BSL-1.0
#pragma once

// What training gains on a desktop: callbacks that write files, progress, tables, saved models. `Trainer`
// knows none of it; it asks for functions of these names, which its type finds here where it is used.
#include <runtime/host/callbacks/backup_and_restore.hpp>
#include <runtime/host/callbacks/csv_logger.hpp>
#include <runtime/host/callbacks/model_checkpoint.hpp>
#include <runtime/host/callbacks/progress_bar.hpp>
#include <runtime/host/console_display.hpp>
#include <runtime/host/save_model.hpp>
#include <runtime/host/show_model.hpp>
