// SPDX-License-Identifier: BSL-1.0
// The desktop's C++ headers ask here how the C library has locales, for iostreams that nothing in firmware
// uses.
#pragma once
#define _GLIBCXX_NUM_CATEGORIES 0
namespace std {
typedef int* __c_locale;
}
