// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/etch.hpp>

// One declaration, used by a file with the desktop library and by one without it.
inline constexpr auto line = etch::sequential(etch::Input{1}, etch::Dense{1});
using Model = etch::Trainer<line, etch::SGD, etch::MeanSquaredError, etch::hana::tuple<>, 4>;

/// What each file does: all that a class, an inline function or a template could make of it.
struct File {
  const char* name;
  std::size_t model_bytes, storage_bytes;
  std::size_t (*fit)(Model& model, int epochs);  ///< the epochs that its history tells
  float (*predict)(Model& model, float x);
  bool shows_progress;
};
File with_host(), without_host();
