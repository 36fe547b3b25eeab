// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/caller_text.hpp>
#include <codegen/model/element_names.hpp>

#include <vector>

namespace etch::host {

namespace {

/// A variable of 4-byte alignment, as the model's functions ask for.
std::string variable(const FirmwareEnd& end, const std::string& name, const std::string& macro) {
  return "static union {\n  " + std::string(names_of(end.type).c) + " numbers[@NAME@_" + macro +
         "_ELEMENTS];\n  uint32_t alignment;\n} " + name + ";\n";
}

struct Caller {
  std::string buffers, passed;
};

void add(Caller& caller, const std::vector<FirmwareEnd>& ends, const char* name, const char* macro) {
  for (std::size_t k = 0; k < ends.size(); ++k) {
    const std::string number = ends.size() == 1 ? "" : std::to_string(k);
    caller.buffers +=
        variable(ends[k], name + number, std::string(macro) + (number.empty() ? "" : "_") + number);
    caller.passed += std::string(", ") + name + number + ".numbers";
  }
}

}  // namespace

std::string fill_in_caller(std::string text, const FirmwareEnds& ends, bool states, bool blob) {
  Caller caller;
  if (!ends.in_arena) {
    add(caller, ends.inputs, "in", "INPUT");
    add(caller, ends.outputs, "out", "OUTPUT");
  }
  if (states)
    caller.buffers +=
        "static union {\n  unsigned char bytes[@NAME@_STATE_BYTES];\n  uint64_t alignment;\n} states;\n";
  text = replaced(std::move(text), "@BUFFERS@", caller.buffers);
  text = replaced(std::move(text), "@PASSED@", caller.passed);
  text = replaced(std::move(text), "@WEIGHTS@", blob ? ", @name@_weights, @NAME@_WEIGHTS_BYTES" : "");
  return replaced(std::move(text), "@STATES@", states ? ", states.bytes, sizeof states.bytes" : "");
}

}  // namespace etch::host
