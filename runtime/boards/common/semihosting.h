// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_SEMIHOSTING_H
#define ETCH_BOARDS_SEMIHOSTING_H

// The functions of console.h, for the one file of an architecture that includes this: it defines `semihost`,
// the instructions that ask the host. Operations and blocks are those of Arm's semihosting, which RISC-V
// shares.

#include <runtime/boards/common/console.h>

#include <string.h>

static int32_t semihost(uint32_t operation, const void* argument);

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_SEEK = 0x0A,
  SYS_FLEN = 0x0C,
  SYS_GET_CMDLINE = 0x15,
  SYS_EXIT_EXTENDED = 0x20,
};

void board_write(const char* text) { semihost(SYS_WRITE0, text); }

// By hand and in 16-bit pieces: a 64-bit division would bring 700 bytes of libgcc.
static uint32_t divide_by_10(uint16_t pieces[4]) {
  uint32_t remainder = 0;
  for (int i = 3; i >= 0; --i) {
    const uint32_t n = remainder << 16 | pieces[i];
    pieces[i] = (uint16_t)(n / 10);
    remainder = n % 10;
  }
  return remainder;
}

void board_write_uint(uint64_t value) {
  uint16_t pieces[4];
  char text[21];
  char* p = text + sizeof text;
  memcpy(pieces, &value, sizeof pieces);
  *--p = 0;
  do {
    *--p = (char)('0' + divide_by_10(pieces));
  } while (pieces[0] | pieces[1] | pieces[2] | pieces[3]);
  board_write(p);
}

void board_write_int(int32_t value) {
  if (value < 0) board_write("-");
  board_write_uint(value < 0 ? 0U - (uint32_t)value : (uint32_t)value);
}

void board_write_hex(uint32_t value) {
  char text[9];
  for (int i = 0; i < 8; ++i) {
    text[i] = "0123456789abcdef"[value >> 28];
    value <<= 4;
  }
  text[8] = 0;
  board_write(text);
}

void board_write_float_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  board_write_hex(bits);
}

void board_exit(int code) {
  const uint32_t application_exit = 0x20026;
  const uint32_t shown = (code & 0xFF) == 0 && code != 0 ? 1 : (uint32_t)code;
  const uint32_t block[2] = {application_exit, shown};
  semihost(SYS_EXIT_EXTENDED, block);
  for (;;) {
  }
}

// Volatile, or the compiler makes it a call of strlen.
static uint32_t length(const volatile char* text) {
  uint32_t n = 0;
  while (text[n] != 0) ++n;
  return n;
}

int board_open(const char* path, enum board_file_mode mode) {
  const uint32_t block[3] = {(uint32_t)path, mode, length(path)};
  return semihost(SYS_OPEN, block);
}

static size_t transfer(uint32_t operation, int file, const void* data, size_t bytes) {
  const uint32_t block[3] = {(uint32_t)file, (uint32_t)data, bytes};
  const uint32_t remaining = (uint32_t)semihost(operation, block);
  return remaining <= bytes ? bytes - remaining : 0;
}

size_t board_read(int file, void* data, size_t bytes) { return transfer(SYS_READ, file, data, bytes); }

size_t board_write_file(int file, const void* data, size_t bytes) {
  return transfer(SYS_WRITE, file, data, bytes);
}

int board_seek(int file, size_t position) {
  const uint32_t block[2] = {(uint32_t)file, position};
  return semihost(SYS_SEEK, block) == 0 ? 0 : -1;
}

int32_t board_file_size(int file) {
  const uint32_t block[1] = {(uint32_t)file};
  return semihost(SYS_FLEN, block);
}

int board_close(int file) {
  const uint32_t block[1] = {(uint32_t)file};
  return semihost(SYS_CLOSE, block);
}

int board_arguments(char* line, size_t bytes, const char** argv, int capacity) {
  const uint32_t block[2] = {(uint32_t)line, bytes};
  if (bytes == 0 || semihost(SYS_GET_CMDLINE, block) != 0) return -1;
  int count = 0;
  for (char* p = line;;) {
    while (*p == ' ') *p++ = 0;
    if (*p == 0) return count;
    if (count == capacity) return -1;
    argv[count++] = p;
    while (*p != 0 && *p != ' ') ++p;
  }
}

#endif
