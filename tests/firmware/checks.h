// SPDX-License-Identifier: BSL-1.0
// What programs of tests say of what is wrong, and files in the folders that they are given.
#pragma once
#include <stddef.h>
#include <string.h>

#include "runtime/boards/common/console.h"

static int failures = 0;

static void check(int good, const char* what) {
  if (good) return;
  board_write("failed: ");
  board_write(what);
  board_write("\n");
  ++failures;
}

static int open_file(const char* folder, const char* name) {
  char path[512];
  path[0] = 0;
  if (strlen(folder) + strlen(name) + 2 < sizeof path) {
    strcpy(path, folder);
    strcat(path, "/");
    strcat(path, name);
  }
  const int file = board_open(path, BOARD_READ);
  check(file >= 0, path);
  return file;
}

static inline void read_file(const char* folder, const char* name, void* data, size_t bytes) {
  const int file = open_file(folder, name);
  check(file >= 0 && board_read(file, data, bytes) == bytes, name);
  if (file >= 0) board_close(file);
}
