// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <etch/train/reported.hpp>
#include <span>
#include <string>

namespace etch::host {

/// A path with numbers of an epoch in it: `{epoch:02d}`, `{val_loss:.2f}`, `{loss}`. The formats are those of
/// Python that a path needs: a width, zeros before it, a precision, and d, f, e or g. Throws `etch::Error`
/// where a name is unknown or a format is not one.
std::string log_path(const char* pattern, int epoch, std::span<const Reported> values);

/// The mistakes of a pattern that show before there are numbers.
void check_log_path(const char* pattern);

}  // namespace etch::host
