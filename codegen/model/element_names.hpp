// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>

namespace etch::host {

/// What a type of numbers is called in Etch's own code, in C, in texts for people, and in .npy files.
struct ElementNames {
  const char *etch, *c, *text, *npy;
};

constexpr ElementNames names_of(ElementType type) {
  switch (type) {
    case ElementType::i8:
      return {"i8", "int8_t", "int8", "|i1"};
    case ElementType::i16:
      return {"i16", "int16_t", "int16", "<i2"};
    case ElementType::i32:
      return {"i32", "int32_t", "int32", "<i4"};
    case ElementType::real:
      break;
  }
  return {"real", "float", "float32", "<f4"};
}

}  // namespace etch::host
