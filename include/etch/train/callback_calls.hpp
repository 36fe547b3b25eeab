// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/logs.hpp>

#include <boost/hana.hpp>

// How `fit` calls callbacks. A callback is any type with some of these hooks, as in Keras; each may leave the
// model out. Epochs and batches count from 0. A hook takes `Logs&` if it puts numbers into them.
//   set_params(params)
//   on_train_begin(model, logs)                 on_train_end(model, logs)
//   on_epoch_begin(model, epoch, logs)          on_epoch_end(model, epoch, logs)
//   on_train_batch_begin(model, batch, logs)    on_train_batch_end(model, batch, logs)
//   on_test_begin(model, logs)                  on_test_end(model, logs)
//   on_test_batch_begin(model, batch, logs)     on_test_batch_end(model, batch, logs)
//   on_epoch_reported(model, epoch)             after the epoch's line is printed
namespace etch::hooks {

// `has` also sees templates and overloads: a class that inherits a name twice cannot name it.
#define ETCH_CALLBACK_HOOK(hook)                             \
  struct hook {                                              \
    struct Name {                                            \
      int hook;                                              \
    };                                                       \
    template <class C>                                       \
    struct Twice : C, Name {};                               \
    template <class C>                                       \
    static constexpr bool has = !requires {                  \
      &Twice<C>::hook;                                       \
    };                                                       \
    template <class C, class... A>                           \
    static constexpr bool takes = requires(C & c, A&... a) { \
      c.hook(a...);                                          \
    };                                                       \
    template <class C, class... A>                           \
    static void call(C& callback, A&... a) {                 \
      callback.hook(a...);                                   \
    }                                                        \
  }
ETCH_CALLBACK_HOOK(set_params);
ETCH_CALLBACK_HOOK(on_train_begin);
ETCH_CALLBACK_HOOK(on_train_end);
ETCH_CALLBACK_HOOK(on_epoch_begin);
ETCH_CALLBACK_HOOK(on_epoch_end);
ETCH_CALLBACK_HOOK(on_train_batch_begin);
ETCH_CALLBACK_HOOK(on_train_batch_end);
ETCH_CALLBACK_HOOK(on_test_begin);
ETCH_CALLBACK_HOOK(on_test_end);
ETCH_CALLBACK_HOOK(on_test_batch_begin);
ETCH_CALLBACK_HOOK(on_test_batch_end);
ETCH_CALLBACK_HOOK(on_epoch_reported);
#undef ETCH_CALLBACK_HOOK

}  // namespace etch::hooks

namespace etch::detail {

namespace hana = boost::hana;

/// A hook with wrong arguments must not be passed over in silence.
template <class Hook, class Callback, class Model, class... A>
void call_hook(Callback& callback, Model& model, A&... arguments) {
  if constexpr (Hook::template takes<Callback, Model, A...>)
    Hook::call(callback, model, arguments...);
  else if constexpr (Hook::template takes<Callback, A...>)
    Hook::call(callback, arguments...);
  else
    static_assert(
        !Hook::template has<Callback>,
        "a callback's hook takes other arguments than fit gives: see etch/train/callback_calls.hpp");
}

template <class C>
inline constexpr bool has_a_hook =
    hooks::set_params::has<C> || hooks::on_train_begin::has<C> || hooks::on_train_end::has<C> ||
    hooks::on_epoch_begin::has<C> || hooks::on_epoch_end::has<C> || hooks::on_train_batch_begin::has<C> ||
    hooks::on_train_batch_end::has<C> || hooks::on_test_begin::has<C> || hooks::on_test_end::has<C> ||
    hooks::on_test_batch_begin::has<C> || hooks::on_test_batch_end::has<C> ||
    hooks::on_epoch_reported::has<C>;

/// The callbacks of one fit, in the order they were given.
template <class... C>
struct Callbacks {
  static_assert((has_a_hook<C> && ...),
                "a callback needs at least one of Keras's hooks, such as on_epoch_end");
  hana::tuple<C*...> each;

  template <class Hook, class Model, class... A>
  void call(Model& model, A&... arguments) const {
    hana::for_each(each, [&](auto* callback) { call_hook<Hook>(*callback, model, arguments...); });
  }
  template <class Hook>
  static constexpr bool any = (Hook::template has<C> || ...);
  /// Whether any of them stops a training whose loss is not a number.
  static constexpr bool handle_nan = ((requires { C::handles_nan; }) || ...);
  static constexpr bool has_progress_bar = ((requires { C::is_progress_bar; }) || ...);
};

template <class T>
constexpr auto pointers_to(T& argument) {
  if constexpr (hana::is_a<hana::tuple_tag, T>)
    return hana::unpack(argument, [](auto&... each) { return hana::make_tuple(&each...); });
  else
    return hana::make_tuple(&argument);
}
/// Callbacks, and tuples of them, as one list. They must outlive it.
template <class... T>
constexpr auto callback_list(T&... arguments) {
  return hana::unpack(hana::flatten(hana::make_tuple(pointers_to(arguments)...)),
                      []<class... C>(C*... each) { return Callbacks<C...>{hana::tuple<C*...>{each...}}; });
}

}  // namespace etch::detail
