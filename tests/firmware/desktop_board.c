// SPDX-License-Identifier: BSL-1.0
// The part of a board's console that tests use, on the desktop; their main is called firmware_main here.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/boards/common/console.h"

int firmware_main(void);

static FILE* opened;
static const char* argument;

void board_write(const char* text) { fputs(text, stdout); }

int board_open(const char* path, enum board_file_mode mode) {
  opened = fopen(path, mode == BOARD_READ ? "rb" : "wb");
  return opened ? 0 : -1;
}

size_t board_read(int file, void* data, size_t bytes) {
  (void)file;
  return fread(data, 1, bytes, opened);
}

size_t board_write_file(int file, const void* data, size_t bytes) {
  (void)file;
  return fwrite(data, 1, bytes, opened);
}

int board_close(int file) { return file < 0 ? -1 : fclose(opened); }

int board_arguments(char* line, size_t bytes, const char** argv, int capacity) {
  if (argument == NULL || strlen(argument) >= bytes || capacity < 2) return -1;
  argv[0] = "api_test";
  argv[1] = strcpy(line, argument);
  return 2;
}

void board_exit(int code) { exit(code); }

int main(int argc, char** argv) {
  if (argc > 1) argument = argv[1];
  return firmware_main();
}
