// SPDX-License-Identifier: BSL-1.0
#include <cstdarg>
#include <cstdio>
#include <runtime/host/console/say.hpp>

namespace etch::host {

void say(const char* format, ...) {
  va_list values;
  va_start(values, format);
  std::vprintf(format, values);
  va_end(values);
  std::fflush(stdout);
}

}  // namespace etch::host
