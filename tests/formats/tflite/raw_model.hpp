// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/tflite/writer.hpp>

#include <catch2/catch.hpp>

namespace etch::test {

/// A model that is written and then run on numbers as they are stored.
class RawModel {
 public:
  TfliteWriter writer;

  int input(ElementKind kind, const std::vector<int>& shape) { return add(inputs_, kind, shape); }
  int output(ElementKind kind, const std::vector<int>& shape) { return add(outputs_, kind, shape); }

  std::vector<std::byte> file() { return writer.file(inputs_, outputs_); }
  host::ImportedModel import() { return host::import_tflite(file(), "raw"); }

 private:
  int add(std::vector<int>& to, ElementKind kind, const std::vector<int>& shape) {
    to.push_back(writer.tensor(kind, shape));
    return to.back();
  }
  std::vector<int> inputs_, outputs_;
};

/// The output `k` of a run, as numbers of a type.
template <class T>
std::vector<T> numbers_of(const host::ModelSession& session, int k = 0) {
  const auto bytes = session.output(k);
  std::vector<T> numbers(bytes.size() / sizeof(T));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

template <class... T>
void run(host::ModelSession& session, const std::vector<T>&... inputs) {
  const std::span<const std::byte> bytes[]{std::as_bytes(std::span(inputs))...};
  session.run(std::span(bytes));
}

}  // namespace etch::test
