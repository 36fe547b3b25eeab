// SPDX-License-Identifier: BSL-1.0
#include "this_file.hpp"

#if defined(ETCH_HOST)
#error "this file is the one without the desktop library"
#endif
File without_host() { return this_file("without it"); }
