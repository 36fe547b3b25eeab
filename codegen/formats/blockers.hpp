// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace etch::host {

/// What stands in the way of importing a file, or of writing one. Who reads goes on behind an operator that
/// it refuses, so that all of them are told at once.
class Blockers {
 public:
  /// \param place what the numbers count.
  explicit Blockers(std::string place = "operator") : place_(std::move(place)) {}
  /// \param reason without the operator's name and number.
  void add(const std::string& op, int index, const std::string& reason);
  bool empty() const { return found_.empty(); }
  /// Each operator, with the places where the same is wrong with it.
  std::string text() const;
  /// Throws `Error`: one sentence that begins with the file's name.
  [[noreturn]] void refuse(const std::string& file) const;

 private:
  struct Blocker {
    std::string op, reason;
    std::vector<int> places;
  };
  std::string text(const Blocker& blocker) const;

  std::string place_;
  std::vector<Blocker> found_;
};

}  // namespace etch::host
