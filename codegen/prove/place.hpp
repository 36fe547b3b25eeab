// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace etch::host {

/// Bytes of a region that belong to one value.
struct Place {
  int offset = 0, bytes = 0;
};

}  // namespace etch::host
