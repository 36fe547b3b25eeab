// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/statements.hpp>

#include <span>
#include <string>
#include <vector>

namespace etch::host::declare {

/// A number that has another value in each block.
struct LoopVariable {
  std::string name;
  const char* type = "";
  std::vector<std::string> values;  ///< by block, as they are written
};

/// A block of statements that repeats, with other numbers.
class Repetition {
 public:
  /// One block, the first `length` of `statements`.
  Repetition(std::span<const Statement> statements, std::size_t length)
      : statements_(statements), length_(length) {}

  /// Takes one block more. \return false: what follows is another block, or none.
  bool grow();

  std::size_t length() const { return length_; }
  std::size_t times() const { return times_; }
  std::size_t statements() const { return length_ * times_; }

  /// The lines of its loop, as they are to be read: a line of a table is more to read than a call. None where
  /// too many numbers differ.
  std::size_t lines() const;
  /// Whether a layer with weights comes first, as a person begins a block.
  bool begins_well() const;
  /// The loop. \param table its name, where it has one.
  std::vector<std::string> loop(const std::string& table) const;
  bool has_table() const { return variables().size() > 1; }

 private:
  /// A member of a layer of the block.
  struct Place {
    std::size_t statement, member;
    bool operator==(const Place&) const = default;
  };
  const LayerForm::Member& member(const Place& place, std::size_t block) const;
  std::vector<std::string> values_at(const Place& place) const;
  /// The variables, and at `names` that of each place.
  std::vector<LoopVariable> variables(std::vector<std::string>* names = nullptr) const;
  std::string text_of_statement(std::size_t statement, const std::vector<std::string>& names) const;

  std::span<const Statement> statements_;
  std::size_t length_, times_ = 1;
  std::vector<Place> places_;  // where numbers differ
};

}  // namespace etch::host::declare
