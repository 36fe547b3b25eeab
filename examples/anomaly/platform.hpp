// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

/// What differs between a desktop and a board: desktop.cpp and firmware.cpp have each.
namespace platform {

void write(const char* text);
/// \return false if there is no such file.
bool read_file(const char* path, std::span<std::byte> to);
void write_file(const char* path, std::span<const std::byte> bytes);
[[noreturn]] void stop(int code);

/// Called between two kernels of a training step: where a product feeds its watchdog.
void feed_watchdog();

/// Around one prediction, training step and commit: a board counts what they take.
void measure_begin();
void measure_end(const char* what);

}  // namespace platform
