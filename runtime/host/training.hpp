// SPDX-License-Identifier: BSL-1.0
#pragma once

// What training gains on a desktop: callbacks that write files, progress, tables, saved models. `Trainer`
// knows none of it; it asks for functions of these names, which its type finds here where it is used.
#include <runtime/host/error.hpp>
#include <runtime/host/threads/threads.hpp>
#include <runtime/host/training/callbacks/backup_and_restore.hpp>
#include <runtime/host/training/callbacks/csv_logger.hpp>
#include <runtime/host/training/callbacks/model_checkpoint.hpp>
#include <runtime/host/training/callbacks/progress_bar.hpp>
#include <runtime/host/training/console_display.hpp>
#include <runtime/host/training/history_report.hpp>
#include <runtime/host/training/save_model.hpp>
#include <runtime/host/training/show_matrix.hpp>
#include <runtime/host/training/show_model.hpp>
