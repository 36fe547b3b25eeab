// SPDX-License-Identifier: BSL-1.0
#include "this_file.hpp"

#if !defined(ETCH_HOST)
#error "this file is the one with the desktop library"
#endif
File with_host() { return this_file("with the desktop library"); }
