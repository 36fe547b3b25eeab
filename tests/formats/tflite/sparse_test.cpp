// SPDX-License-Identifier: BSL-1.0
// Sparse constants, whose numbers come to their places as they are read.
#include <codegen/model/constant_array.hpp>
#include <tests/formats/tflite/stored_model.hpp>
#include <tests/unit/error_of.hpp>

namespace {

using namespace etch::test;
using Catch::Matchers::Contains;

/// 4 x 6 numbers, of which three blocks of 2 x 2 are stored: rows of blocks, then what they list.
Sparsity blocks_of_two() { return {{0, 1, 2, 3}, {0, 1}, {{2}, {0, {0, 2, 3}, {0, 2, 1}}, {2}, {2}}}; }
const std::vector<float> in_blocks{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
const std::vector<float> blocks_dense{1, 2, 0, 0,  5, 6, 3, 4, 0,  0,  7, 8,
                                      0, 0, 9, 10, 0, 0, 0, 0, 11, 12, 0, 0};

/// Writes a model that adds a sparse constant of 4 x 6 to its input, through DENSIFY or as it is.
struct Added {
  TfliteWriter w;
  std::vector<std::byte> file(const std::vector<float>& numbers, const Sparsity& sparsity, bool densify) {
    const int x = w.tensor(ElementKind::float32, {4, 6}), y = w.tensor(ElementKind::float32, {4, 6});
    int constant = w.sparse(ElementKind::float32, {4, 6}, numbers, sparsity);
    if (densify) {
      const int dense = w.tensor(ElementKind::float32, {4, 6});
      w.op(OperatorKind::densify, {constant}, {dense});
      constant = dense;
    }
    w.op(OperatorKind::add, {x, constant}, {y}, {{0, std::int8_t{0}}});
    return w.file({x}, {y});
  }
};

std::vector<float> dense_of(const std::vector<float>& numbers, const Sparsity& sparsity,
                            bool densify = true) {
  const auto model = etch::host::import_tflite(Added().file(numbers, sparsity, densify), "sparse");
  etch::host::ModelSession session(model);
  const std::vector<float> zeros(24);
  session.run(std::as_bytes(std::span(zeros)));
  return etch::host::numbers_in<float>(session.output());
}

TEST_CASE("DENSIFY puts numbers of sparse constants in their places") {
  for (const bool densify : {true, false}) {
    CHECK(dense_of(in_blocks, blocks_of_two(), densify) == blocks_dense);
    // Columns before rows, listed in either order and in numbers of any size.
    for (const int bytes : {1, 2, 4}) {
      std::vector<float> turned(24);
      turned[0 * 6 + 1] = 1, turned[3 * 6 + 1] = 2, turned[2 * 6 + 5] = 3;
      const Sparsity by_column{{1, 0}, {}, {{6}, {0, {0, 0, 2, 2, 2, 2, 3}, {0, 3, 2}, bytes}}};
      CHECK(dense_of({1, 2, 3}, by_column, densify) == turned);
    }
    CHECK(dense_of({}, {{0, 1}, {}, {{4}, {0, {0, 0, 0, 0, 0}, {}}}}, densify) == std::vector<float>(24));
  }
}

TEST_CASE("DENSIFY of int8 fills with stored zeros") {
  StoredModel m;
  const Stored as{ElementKind::int8, 0.5f, 3};
  const int weights = m.writer.sparse<std::int8_t>(ElementKind::int8, {1, 4}, {7, -8},
                                                   {{0, 1}, {}, {{1}, {0, {0, 2}, {1, 3}}}}, {{0.5f}, {3}});
  const int dense = m.writer.tensor(ElementKind::int8, {1, 4}, {{0.5f}, {3}});
  m.writer.op(OperatorKind::densify, {weights}, {dense});
  m.writer.op(OperatorKind::maximum, {m.input({1, 4}, as), dense}, {m.output({1, 4}, as)});
  CHECK(m.run({{-128, -128, -128, -128}}) == Wholes{0, 7, 0, -8});
}

TEST_CASE("sparse constants whose tables do not fit are refused in a sentence") {
  const auto refusal = [](const Sparsity& s) { return error_of([&] { dense_of({1, 2}, s); }); };
  const SparseLevel listed{0, {0, 1, 1, 2, 2}, {3, 5}};
  CHECK(refusal({{0, 1}, {}, {{4}, listed}}).empty());
  const std::vector<Sparsity> wrong{
      {{0, 0}, {}, {{4}, listed}},                           // an axis twice
      {{0, 1}, {}, {{4}}},                                   // a level too few
      {{0, 1}, {}, {{3}, listed}},                           // other rows
      {{0, 1}, {}, {{4}, {0, {0, 1, 1, 2}, {3, 5}}}},        // too few segments
      {{0, 1}, {}, {{4}, {0, {0, 1, 0, 2, 2}, {3, 5}}}},     // they go back
      {{0, 1}, {}, {{4}, {0, {0, 1, 1, 2, 3}, {3, 5}}}},     // more than is listed
      {{0, 1}, {}, {{4}, {0, {0, 1, 1, 2, 2}, {3, 6}}}},     // a column beyond
      {{0, 1}, {}, {{4}, {0, {0, 1, 1, 2, 2}, {-1, 5}}}},    // and before
      {{0, 1}, {}, {{4}, {0, {0, 1, 1, 2, 3}, {3, 5, 0}}}},  // more places than numbers
      {{0, 1, 2}, {2}, {{4}, listed, {2}}},                  // a block of no axis
      {{0, 1, 2}, {1}, {{4}, listed, {4}}},                  // blocks that do not divide
      {{0, 1, 2, 3}, {1, 1}, {{4}, listed, {1}, {1}}},       // an axis in two blocks
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    INFO(i);
    CHECK_THAT(refusal(wrong[i]), Contains("is sparse, and what it stores does not fit its shape"));
  }
}

TEST_CASE("sparse constants that take too much memory are refused before they do") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::float32, {1, 4}), y = w.tensor(ElementKind::float32, {1, 4});
  w.sparse<std::int64_t>(ElementKind::int64, {1, 1 << 26}, {1}, {{0, 1}, {}, {{1}, {0, {0, 1}, {7}}}});
  w.op(OperatorKind::abs, {x}, {y});
  CHECK_THAT(error_of([&] { etch::host::import_tflite(w.file({x}, {y}), "net"); }),
             Contains("has more than 256 MB of numbers that it stores as sparse ones"));
}

TEST_CASE("damaged sparse constants are read or refused, whatever number is extreme") {
  for (int kind = 0; kind < Extreme::kinds; ++kind)
    for (int at = 0;; ++at) {
      Added model;
      model.w.extreme = {at, kind, 0};
      const auto file = model.file(in_blocks, blocks_of_two(), true);
      if (at >= model.w.extreme.count) break;
      error_of([&] { etch::host::import_tflite(file, "damaged"); });
    }
}

TEST_CASE("DENSIFY of what is no constant is refused") {
  TfliteWriter w;
  const int x = w.tensor(ElementKind::float32, {1, 4}), y = w.tensor(ElementKind::float32, {1, 4});
  w.op(OperatorKind::densify, {x}, {y});
  CHECK_THAT(error_of([&] { etch::host::import_tflite(w.file({x}, {y}), "net"); }),
             Contains("DENSIFY (operator 0) needs a constant"));
}

}  // namespace
