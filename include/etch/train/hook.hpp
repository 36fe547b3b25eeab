// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstddef>
#include <new>
#include <type_traits>

namespace etch {

/// A function that an option holds: a lambda or another callable with captures of up to 32 bytes, without a
/// heap. Whatever it captures by reference must outlive it.
template <class Signature>
class Hook;

template <class Result, class... Arguments>
class Hook<Result(Arguments...)> {
 public:
  static constexpr std::size_t room = 32;

  constexpr Hook() = default;
  constexpr Hook(std::nullptr_t) {}
  template <class F>
  requires(!std::is_same_v<F, Hook> && std::is_invocable_r_v<Result, F&, Arguments...>) Hook(F f) {
    static_assert(sizeof(F) <= room && alignof(F) <= alignof(void*) && std::is_trivially_copyable_v<F>,
                  "a hook captures at most 32 bytes of pointers and numbers: capture the rest by reference");
    ::new (static_cast<void*>(object_)) F(f);
    call_ = [](void* object, Arguments... arguments) -> Result {
      return (*static_cast<F*>(object))(static_cast<Arguments&&>(arguments)...);
    };
  }

  explicit operator bool() const { return call_ != nullptr; }
  /// An empty hook that gives nothing does nothing.
  Result operator()(Arguments... arguments) const {
    if constexpr (std::is_void_v<Result>)
      if (!call_) return;
    return call_(object_, static_cast<Arguments&&>(arguments)...);
  }

 private:
  Result (*call_)(void*, Arguments...) = nullptr;
  alignas(void*) mutable unsigned char object_[room]{};
};

}  // namespace etch
