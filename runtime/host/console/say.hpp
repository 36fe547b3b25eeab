// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace etch::host {

/// Prints what a callback has to say, as `printf` does, and flushes: it stands between two epochs' lines.
[[gnu::format(printf, 1, 2)]] void say(const char* format, ...);

}  // namespace etch::host
