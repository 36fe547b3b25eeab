// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::detail {

/// What only a desktop has of a model that trains: each call is a free function of the desktop library, found
/// where it is called, so that the model is the same in files with the library and without it.
/// \tparam Model that derives from this.
template <class Model>
class DesktopCalls {
 public:
  /// Copies of all weights, a `std::vector<std::vector<float>>`.
  template <class Self = Model>
  auto get_weights() {
    if constexpr (requires(Self & self) { copies_of_weights(self); })
      return copies_of_weights(static_cast<Self&>(*this));
    else
      static_assert(
          sizeof(Self) == 0,
          "get_weights needs the desktop library: link etch::host, include etch/etch.hpp. Without it, "
          "layers() shows the weights in place");
  }
  template <class Self = Model>
  void summary() const {
    if constexpr (requires(const Self& self) { print_summary(self); })
      print_summary(static_cast<const Self&>(*this));
    else
      static_assert(sizeof(Self) == 0,
                    "summary needs the desktop library: link etch::host, include etch/etch.hpp");
  }
  template <class Self = Model>
  void save(const char* path, bool with_optimizer = false) {
    if constexpr (requires(Self & self) { save_model(self, path, with_optimizer); })
      save_model(static_cast<Self&>(*this), path, with_optimizer);
    else
      static_assert(sizeof(Self) == 0,
                    "save needs the desktop library: link etch::host, include etch/etch.hpp");
  }
  template <class Self = Model>
  void load(const char* path) {
    if constexpr (requires(Self & self) { load_model(self, path); })
      load_model(static_cast<Self&>(*this), path);
    else
      static_assert(sizeof(Self) == 0,
                    "load needs the desktop library: link etch::host, include etch/etch.hpp");
  }
  /// Loads weights alone, from a file of Etch's or of Keras (`.keras`, `.h5`, `.weights.h5`).
  template <class Self = Model>
  void load_weights(const char* path) {
    if constexpr (requires(Self & self) { load_model_weights(self, path); })
      load_model_weights(static_cast<Self&>(*this), path);
    else
      static_assert(sizeof(Self) == 0,
                    "load_weights needs the desktop library: link etch::host, include etch/etch.hpp");
  }
};

}  // namespace etch::detail
