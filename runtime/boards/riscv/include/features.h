// SPDX-License-Identifier: BSL-1.0
// Debian's RISC-V compiler brings no C++ library. The desktop g++'s headers serve, of which Etch includes
// those that need no library; they ask here which glibc there is: none.
#pragma once
#define __GLIBC_PREREQ(major, minor) 0
