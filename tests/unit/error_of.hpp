// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/error.hpp>
#include <string>

/// The text of the error that `action` throws, or nothing.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const etch::Error& error) {
    return error.what();
  }
  return "";
}
