// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/names.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace etch::cycles {
namespace {

/// What the brackets of templates, arguments and (anonymous namespace) hold is left out, and a result's type.
std::string without_brackets(std::string_view text) {
  std::string plain;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool arrow = c == '>' && i > 0 && text[i - 1] == '-';
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (depth == 0) plain += c;
    if ((c == '>' && !arrow) || c == ')' || c == '}' || c == ']') --depth;
    if (depth == 0 && c == ')' && i + 1 < text.size() && text[i + 1] != ':') break;  // behind the arguments
  }
  return plain;
}

/// Without the namespace that ETCH_TARGET of runtime/kernels/target.hpp names, such as
/// base_dsp_assembly_silent.
std::string without_target(std::string name) {
  for (const std::string_view end : {"_silent::", "_hooks::"}) {
    const std::size_t at = name.find(end);
    if (at == std::string::npos) continue;
    const std::size_t before = name.rfind("::", at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 2;
    name.erase(begin, at + end.size() - begin);
  }
  return name;
}

}  // namespace

std::string readable_name(const std::string& symbol) {
  if (symbol.substr(0, 2) != "_Z") return symbol;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(symbol.substr(0, symbol.find('.')).c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0 || !demangled) return symbol;
  std::string name = without_brackets(demangled.get());
  if (name.find("operator") != std::string::npos) return name;  // may hold brackets and spaces
  name = name.substr(0, name.find_last_not_of(' ') + 1);
  name.erase(0, name.rfind(' ') + 1);
  for (std::string each = "::::"; name.find(each) != std::string::npos;) name.erase(name.find(each), 2);
  if (name.substr(0, 2) == "::") name.erase(0, 2);  // of an anonymous namespace
  name = without_target(name);
  const std::size_t last = name.rfind("::");
  if (last == std::string::npos || last == 0) return name;
  const std::size_t before = name.rfind("::", last - 1);
  return before == std::string::npos ? name : name.substr(before + 2);
}

}  // namespace etch::cycles
