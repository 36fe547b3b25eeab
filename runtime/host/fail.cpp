// SPDX-License-Identifier: BSL-1.0
#include <etch/graph/fault.hpp>
#include <runtime/host/error.hpp>

namespace etch {

void fail(const char* sentence) { throw Error(sentence); }

}  // namespace etch
