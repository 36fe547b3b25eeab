// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::detail {

/// Who shows what `fit` does: nobody, unless the desktop library is there too. It is a type in the name of
/// each `fit`, so that files with the desktop library and without it have functions of their own.
struct NoDisplay {
  static constexpr bool shows_progress = false;
  static constexpr void (*say)(const char*, ...) = nullptr;
};

/// Found by its namespace where `fit` is called. The callbacks are only there to put the search off until
/// then.
template <class... Callbacks>
struct DisplayRequest {};
NoDisplay display_for(...);
template <class... Callbacks>
using DisplayFor = decltype(display_for(DisplayRequest<Callbacks...>{}));

/// What a callback has to say, with `printf`'s format.
template <class Model, class... Arguments>
void say([[maybe_unused]] Model& model, [[maybe_unused]] const char* format,
         [[maybe_unused]] Arguments... arguments) {
  if constexpr (requires { model.say; })
    if (model.say) model.say(format, arguments...);
}

}  // namespace etch::detail
