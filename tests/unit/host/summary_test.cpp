// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <runtime/host/console/summary.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace {

using etch::host::MemoryLine;
using etch::host::readable_bytes;
using etch::host::summary_text;
using etch::host::SummaryOptions;
using etch::host::SummaryRow;
using etch::host::SummaryTotals;
using etch::host::with_commas;

const std::vector<SummaryRow> stack{{"flatten", "Flatten", "(None, 784)", 0},
                                    {"dense", "Dense", "(None, 128)", 100480},
                                    {"batch_normalization", "BatchNormalization", "(None, 128)", 512}};
constexpr SummaryTotals totals{119306, 118794, 512};
constexpr std::array memory{MemoryLine{"weights", 477224}, MemoryLine{"prediction arena", 1024}};

std::string printed(const SummaryOptions& options) {
  std::FILE* const file = std::tmpfile();
  etch::host::print_summary(file, "net", stack, totals, memory, options);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("a summary is a table as in Keras", "[summary]") {
  CHECK(summary_text("sequential", stack, totals, memory, {.width = 100, .utf8 = true}) ==
        R"(Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)                             ┃ Output Shape ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ flatten (Flatten)                        │ (None, 784)  │       0 │
├──────────────────────────────────────────┼──────────────┼─────────┤
│ dense (Dense)                            │ (None, 128)  │ 100,480 │
├──────────────────────────────────────────┼──────────────┼─────────┤
│ batch_normalization (BatchNormalization) │ (None, 128)  │     512 │
└──────────────────────────────────────────┴──────────────┴─────────┘
 Total params: 119,306 (466.04 KB)
 Trainable params: 118,794 (464.04 KB)
 Non-trainable params: 512 (2.00 KB)

 Memory
   weights           477,224 bytes  466.04 KB
   prediction arena    1,024 bytes    1.00 KB
)");
}

TEST_CASE("a narrow table wraps its cells, in ASCII too", "[summary]") {
  const std::vector<SummaryRow> rows{
      {"encoder/block_0/dense", "Dense", "(None, 28, 28, 128)", 1234567, "input, encoder/block_0/relu"},
      {"add", "Add", "(None, 8)", 0, "dense\nrelu"}};
  CHECK(summary_text("functional", rows, {.total = 1234567, .trainable = 1234567, .optimizer = 2}, {},
                     {.width = 66, .utf8 = false}) ==
        R"(Model: "functional"
+----------------+-----------------+-----------+-----------------+
| Layer (type)   | Output Shape    |   Param # | Connected to    |
+================+=================+===========+=================+
| encoder/block_ | (None, 28, 28,  | 1,234,567 | input, encoder/ |
| 0/dense        | 128)            |           | block_0/relu    |
| (Dense)        |                 |           |                 |
+----------------+-----------------+-----------+-----------------+
| add (Add)      | (None, 8)       |         0 | dense           |
|                |                 |           | relu            |
+----------------+-----------------+-----------+-----------------+
 Total params: 1,234,567 (4.71 MB)
 Trainable params: 1,234,567 (4.71 MB)
 Non-trainable params: 0 (0.00 B)
 Optimizer params: 2 (8.00 B)
)");
}

TEST_CASE("a frozen layer brings a column that says so", "[summary]") {
  const std::vector<SummaryRow> rows{
      {"a", "Dense", "(1)", 10, "", false}, {"b", "Dense", "(1)", 10}, {"c", "", "(1)"}};
  CHECK(summary_text("net", rows,
                     {.total = 20, .trainable = 10, .non_trainable = 10, .bytes_per_parameter = 1}, {},
                     {.width = 80, .utf8 = false}) ==
        R"(Model: "net"
+--------------+--------------+---------+-----------+
| Layer (type) | Output Shape | Param # | Trainable |
+==============+==============+=========+===========+
| a (Dense)    | (1)          |      10 | N         |
+--------------+--------------+---------+-----------+
| b (Dense)    | (1)          |      10 | Y         |
+--------------+--------------+---------+-----------+
| c            | (1)          |       0 | -         |
+--------------+--------------+---------+-----------+
 Total params: 20 (20.00 B)
 Trainable params: 10 (10.00 B)
 Non-trainable params: 10 (10.00 B)
)");
}

TEST_CASE("cells count characters, not bytes", "[summary]") {
  const std::vector<SummaryRow> rows{{"größe", "", "ééééééééééééé", 0}};
  const std::string text = summary_text("n", rows, {}, {}, {.width = 50, .utf8 = false});
  CHECK(text.find("| größe        | ééééééééééééé |       0 |\n") != text.npos);
}

TEST_CASE("a word longer than its cell is broken between characters", "[summary]") {
  const std::vector<SummaryRow> rows{{"öööööööööööööööööööö", "", "(1)", 0}};
  const std::string text = summary_text("n", rows, {}, {}, {.width = 33, .utf8 = false});
  CHECK(text.find("| öööööööö | (1)      |       0 |\n| öööööööö |          |         |\n| öööö     |") !=
        text.npos);
}

TEST_CASE("a terminal too narrow for a table gets a list, and no line is wider", "[summary]") {
  const std::vector<SummaryRow> rows{
      {"dense_of_the_left_side", "Dense", "(None, 128)", 100480, "input_layer[0][0]"}};
  for (const int width : {20, 24, 30, 41}) {
    const std::string text = summary_text("n", rows, totals, memory, {.width = width, .utf8 = false});
    INFO(text);
    CHECK(text.find("Connected to:") != text.npos);
    CHECK(text.find('|') == text.npos);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(static_cast<int>(line.size()) <= width);
  }
  CHECK(summary_text("n", rows, totals, memory, {.width = 43, .utf8 = false}) == R"(Model: "n"
dense_of_the_left_side (Dense)
  Output Shape: (None, 128)
  Param #: 100,480
  Connected to: input_layer[0][0]
 Total params: 119,306 (466.04 KB)
 Trainable params: 118,794 (464.04 KB)
 Non-trainable params: 512 (2.00 KB)

 Memory
   weights: 466.04 KB
   prediction arena: 1.00 KB
)");
}

TEST_CASE("an empty model still has its table", "[summary]") {
  CHECK(summary_text("none", {}, {}, {}, {.utf8 = false}) == R"(Model: "none"
+--------------+--------------+---------+
| Layer (type) | Output Shape | Param # |
+==============+==============+=========+
+--------------+--------------+---------+
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
)");
}

TEST_CASE("print_summary writes the text of the summary", "[summary]") {
  CHECK(printed({.width = 60, .utf8 = true}) ==
        summary_text("net", stack, totals, memory, {.width = 60, .utf8 = true}));
  CHECK(printed({.utf8 = false}) ==
        summary_text("net", stack, totals, memory, {.width = 100, .utf8 = false}));
}

TEST_CASE("numbers have commas", "[summary]") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(-123456) == "-123,456");
  CHECK(with_commas(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
}

TEST_CASE("bytes are written for people", "[summary]") {
  CHECK(readable_bytes(1023) == "1023.00 B");
  CHECK(readable_bytes(1024) == "1.00 KB");
  CHECK(readable_bytes(477224) == "466.04 KB");
  CHECK(readable_bytes(5 * 1024 * 1024) == "5.00 MB");
}
