// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

#include <concepts>
#include <string_view>

namespace etch::detail {

/// Whether messages name which and what. A device's program keeps the sentence alone: it has no stack and
/// flash to spare for numbers as text.
inline constexpr bool detailed_messages = sizeof(void*) >= 8;

/// A text of a message, on the stack and cut where it is longer than the room.
class Message {
 public:
  template <std::integral T>
  void put(T number) {
    bool negative = false;
    if constexpr (std::signed_integral<T>) negative = number < 0;
    char digits[most_digits];
    int at = most_digits;
    do {
      const int digit = static_cast<int>(number % 10);
      digits[--at] = static_cast<char>('0' + (negative ? -digit : digit));
      number = static_cast<T>(number / 10);
    } while (number != 0);
    if (negative) digits[--at] = '-';
    put(std::string_view(digits + at, static_cast<std::size_t>(most_digits - at)));
  }
  void put(std::string_view text) {
    for (const char c : text)
      if (length_ < capacity) text_[length_++] = c;
  }
  const char* text() {
    text_[length_] = '\0';
    return text_;
  }

 private:
  static constexpr int capacity = 600, most_digits = 24;
  char text_[capacity + 1];
  int length_ = 0;
};

/// Stops with a sentence and, on desktops, what it is about: texts and whole numbers, one after the other.
template <class... Parts>
[[noreturn]] void fail_with(const char* sentence, [[maybe_unused]] const Parts&... parts) {
  if constexpr (detailed_messages) {
    Message message;
    message.put(std::string_view(sentence));
    (message.put(parts), ...);
    fail(message.text());
  } else {
    fail(sentence);
  }
}

/// Names, as `name_of` gives them, with commas between.
template <class List, class NameOf>
void put_names(Message& message, const List& list, const NameOf& name_of) {
  bool first = true;
  for (const auto& each : list) {
    if (!first) message.put(std::string_view(", "));
    first = false;
    message.put(std::string_view(name_of(each)));
  }
}

/// Stops with a sentence about a name that is none of a list.
template <class List, class NameOf>
[[noreturn]] void fail_unknown(const char* sentence, [[maybe_unused]] std::string_view asked,
                               [[maybe_unused]] const List& list, [[maybe_unused]] const NameOf& name_of) {
  if constexpr (detailed_messages) {
    Message message;
    message.put(std::string_view(sentence));
    message.put(std::string_view(": '"));
    message.put(asked);
    message.put(std::string_view("' was asked for, and there are "));
    put_names(message, list, name_of);
    fail(message.text());
  } else {
    fail(sentence);
  }
}

}  // namespace etch::detail
