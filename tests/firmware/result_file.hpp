// SPDX-License-Identifier: BSL-1.0
// The file to which a program of tests writes its results.
#pragma once
#include <runtime/boards/common/console.h>

#include <cstddef>

/// The program's first argument names it. What cannot be done is said, and ends the program.
class ResultFile {
 public:
  ResultFile() {
    static char line[512];
    const char* argv[2];
    need(board_arguments(line, sizeof line, argv, 2) == 2, "the first argument names the file of results");
    file_ = board_open(argv[1], BOARD_WRITE);
    need(file_ >= 0, "the file of results does not open");
  }
  void put(const void* data, std::size_t bytes) {
    need(board_write_file(file_, data, bytes) == bytes, "the results cannot be written");
  }
  void close() { need(board_close(file_) == 0, "the file of results does not close"); }

 private:
  static void need(bool done, const char* otherwise) {
    if (done) return;
    board_write("error: ");
    board_write(otherwise);
    board_write("\n");
    board_exit(1);
  }

  int file_;
};
