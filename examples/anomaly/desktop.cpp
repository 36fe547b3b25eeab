// SPDX-License-Identifier: BSL-1.0
// The device on a desktop: anomaly <file of the flash> [operation to cut at]

#include "examples/anomaly/device.hpp"

#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

namespace platform {

void write(const char* text) { std::fputs(text, stdout); }
bool read_file(const char* path, std::span<std::byte> to) {
  std::ifstream file(path, std::ios::binary);
  return static_cast<bool>(
      file.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size())));
}
void write_file(const char* path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw etch::Error(std::string("cannot write ") + path);
}
void stop(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}
void feed_watchdog() {}
void measure_begin() {}
void measure_end(const char*) {}

}  // namespace platform

int main(int argc, char** argv) try {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: anomaly <file of the flash> [operation to cut at]\n");
    return 2;
  }
  anomaly::run(argv[1], argc == 3 ? std::atoi(argv[2]) : -1);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
