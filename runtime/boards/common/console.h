// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_CONSOLE_H
#define ETCH_BOARDS_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

// Text, files and the command line through semihosting: needs QEMU or a debugger that answers it.

#ifdef __cplusplus
extern "C" {
#endif

void board_write(const char* text);
void board_write_uint(uint64_t value);
void board_write_int(int32_t value);
void board_write_hex(uint32_t value);  // 8 digits
// The bits of a float as 8 hexadecimal digits: for comparisons to the last bit.
void board_write_float_bits(float value);

// Ends the program; the code becomes QEMU's exit code (of which a host keeps 8 bits: no failure becomes 0).
__attribute__((noreturn)) void board_exit(int code);

enum board_file_mode { BOARD_READ = 1, BOARD_WRITE = 5, BOARD_APPEND = 9 };

// A host file; relative paths start where QEMU runs. Returns a handle, or -1.
int board_open(const char* path, enum board_file_mode mode);
// Bytes moved: fewer than asked at the end of a file, or after an error.
size_t board_read(int file, void* data, size_t bytes);
size_t board_write_file(int file, const void* data, size_t bytes);
// Bytes from the start.
int board_seek(int file, size_t position);
// Size in bytes, or -1.
int32_t board_file_size(int file);
// 0, or -1.
int board_close(int file);

// Splits the command line at spaces: argv[0] is the name of the program. `line` keeps the text. Returns the
// number of arguments, or -1 if line or argv is too small.
int board_arguments(char* line, size_t bytes, const char** argv, int capacity);

#ifdef __cplusplus
}
#endif

#endif
