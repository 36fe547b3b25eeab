// SPDX-License-Identifier: BSL-1.0
// printf on the emulator's console, by either C library.
#include <runtime/boards/common/console.h>

static void put(char c) {
  const char text[2] = {c, 0};
  board_write(text);
}

#ifdef __PICOLIBC__
#include <stdio.h>

static int put_character(char c, FILE* file) {
  (void)file;
  put(c);
  return 0;
}
static FILE console = FDEV_SETUP_STREAM(put_character, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdout = &console;
#else
#include <stddef.h>

// No heap: printf then has no buffer.
void* _sbrk(ptrdiff_t bytes);
void* _sbrk(ptrdiff_t bytes) {
  (void)bytes;
  return (void*)-1;
}

int _write(int file, const char* text, int bytes);
int _write(int file, const char* text, int bytes) {
  (void)file;
  for (int i = 0; i < bytes; ++i) put(text[i]);
  return bytes;
}
#endif
