// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <runtime/host/error.hpp>
#include <runtime/host/files/log_path.hpp>
#include <string_view>

namespace etch::host {
namespace {

struct Field {
  std::string name;
  bool zeros = false;
  int width = 0, precision = -1;
  char type = 0;
};

[[noreturn]] void refuse_pattern(const char* pattern, const std::string& what) {
  throw Error("the path '" + std::string(pattern) + "' " + what +
              "; write fields as {epoch:02d} or {val_loss:.2f}.");
}

int take_number(std::string_view& text) {
  int number = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < 1000) {
    number = 10 * number + (text[0] - '0');
    text.remove_prefix(1);
  }
  return number;
}

Field parse(const char* pattern, std::string_view text) {
  Field field;
  const std::size_t colon = text.find(':');
  field.name = text.substr(0, colon);
  if (field.name.empty()) refuse_pattern(pattern, "has a field without a name");
  if (colon == text.npos) return field;
  std::string_view format = text.substr(colon + 1);
  field.zeros = format.starts_with('0');
  field.width = take_number(format);
  if (format.starts_with('.')) {
    format.remove_prefix(1);
    field.precision = take_number(format);
  }
  if (!format.empty()) {
    field.type = format[0];
    format.remove_prefix(1);
  }
  const bool known = field.type == 0 || std::string_view("dfeg").find(field.type) != std::string_view::npos;
  if (!format.empty() || !known || field.width > 60 || field.precision > 30)
    refuse_pattern(pattern,
                   "has the format '" + std::string(text.substr(colon + 1)) + "', which is not known");
  return field;
}

std::string print(const Field& field, double value, bool integer) {
  std::array<char, 128> text{};
  if (integer && (field.type == 0 || field.type == 'd')) {
    std::snprintf(text.data(), text.size(), field.zeros ? "%0*d" : "%*d", field.width,
                  static_cast<int>(value));
    return text.data();
  }
  const std::string conversion = std::string(field.zeros ? "%0*" : "%*") +
                                 (field.precision >= 0 ? ".*" : "") + (field.type ? field.type : 'g');
  if (field.precision >= 0)
    std::snprintf(text.data(), text.size(), conversion.c_str(), field.width, field.precision, value);
  else
    std::snprintf(text.data(), text.size(), conversion.c_str(), field.width, value);
  return text.data();
}

template <class Print>
std::string fill(const char* pattern, const Print& print_field) {
  std::string result;
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    result += rest.substr(0, open);
    if (open == rest.npos) break;
    const std::size_t close = rest.find('}', open);
    if (close == rest.npos) refuse_pattern(pattern, "has a '{' without a '}'");
    result += print_field(parse(pattern, rest.substr(open + 1, close - open - 1)));
    rest.remove_prefix(close + 1);
  }
  return result;
}

}  // namespace

std::string log_path(const char* pattern, int epoch, std::span<const Reported> values) {
  return fill(pattern, [&](const Field& field) {
    if (field.name == "epoch") return print(field, epoch, true);
    for (const Reported& each : values)
      if (field.name == each.name && field.type != 'd')
        return print(field, static_cast<double>(each.value), false);
    refuse_pattern(pattern, "names '" + field.name + "', which is no number of that kind that fit reports");
  });
}

void check_log_path(const char* pattern) {
  if (!pattern || !*pattern) throw Error("a checkpoint needs a path to save to.");
  fill(pattern, [](const Field& field) { return field.name; });
}

}  // namespace etch::host
