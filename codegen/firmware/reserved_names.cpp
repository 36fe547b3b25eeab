// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/firmware_files.hpp>
#include <codegen/firmware/reserved_names.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <string_view>

namespace etch::host {

namespace {

/// Headers `<name>.h` of C, POSIX and C++, CMSIS and the usual vendors', in small letters: some file systems
/// do not tell them apart.
constexpr std::string_view headers[] = {
    "assert",  "complex", "ctype",     "errno",   "fcntl",  "fenv",        "float",  "inttypes",
    "iso646",  "limits",  "locale",    "malloc",  "math",   "memory",      "new",    "poll",
    "pthread", "sched",   "semaphore", "setjmp",  "signal", "stdalign",    "stdarg", "stdatomic",
    "stdbool", "stddef",  "stdint",    "stdio",   "stdlib", "stdnoreturn", "string", "strings",
    "syslog",  "termios", "tgmath",    "threads", "time",   "uchar",       "unistd", "wchar",
    "wctype",  "main",    "arm_math"};

std::string small_letters(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

std::string reserved_as(const std::string& name) {
  const std::string small = small_letters(name);
  if (std::ranges::find(headers, small) != std::ranges::end(headers))
    return name + ".h would stand for the header <" + small + ".h>";
  return "";
}

void check_model_name(const std::string& name) {
  if (!is_identifier(name)) throw Error("\"" + name + "\" is no C identifier, so it cannot name a model");
  const std::string reason = reserved_as(name);
  if (!reason.empty())
    throw Error("\"" + name + "\" cannot name a model: " + reason + "; choose another name");
}

}  // namespace etch::host
