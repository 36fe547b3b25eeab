// SPDX-License-Identifier: BSL-1.0
// The entry of a board; the desktop has its own, which calls the same function.

int firmware_main(void);

int main(void) { return firmware_main(); }
