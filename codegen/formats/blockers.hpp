// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <vector>

namespace etch::host {

/// What stands in the way of importing a file. An importer goes on behind an operator that it refuses, so
/// that all of them are told at once.
class Blockers {
 public:
  /// \param reason without the operator's name and number.
  void add(const std::string& op, int index, const std::string& reason);
  bool empty() const { return found_.empty(); }
  /// Throws `Error`: one sentence that begins with the file's name, and names each operator, with the places
  /// where the same is wrong with it.
  [[noreturn]] void refuse(const std::string& file) const;

 private:
  struct Blocker {
    std::string op, reason;
    std::vector<int> places;
  };
  static std::string text(const Blocker& blocker);

  std::vector<Blocker> found_;
};

}  // namespace etch::host
