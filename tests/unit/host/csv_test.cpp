// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <runtime/host/data/csv.hpp>
#include <string>
#include <tests/unit/error_of.hpp>
#include <vector>

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using etch::host::CsvLabels;
using etch::host::CsvOptions;
using etch::host::CsvTable;
using etch::host::read_csv;
using Floats = std::vector<float>;
using Classes = std::vector<std::int32_t>;
using Names = std::vector<std::string>;

CsvTable read(std::string_view text, const CsvOptions& options = {}) {
  return read_csv(text, options, "a.csv");
}
CsvTable read_bare(std::string_view text) { return read(text, {.header = false}); }
std::string csv_error(std::string_view text, const CsvOptions& options = {}) {
  return error_of([&] { read(text, options); });
}
std::string bare_error(std::string_view text) { return csv_error(text, {.header = false}); }

}  // namespace

TEST_CASE("a CSV file gives its names and numbers", "[csv]") {
  const CsvTable table = read("width,height\n1,2.5\n-3e-1, +4 \n");
  CHECK(table.names == Names{"width", "height"});
  CHECK(table.rows == 2);
  CHECK(table.columns == 2);
  CHECK(table.values == Floats{1, 2.5f, -0.3f, 4});
  CHECK(table.dataset().x[0].size() == 4);
}

TEST_CASE("a CSV file may have no header, other separators and line ends, and a byte order mark", "[csv]") {
  CHECK(read_bare("1,2\n3,4").values == Floats{1, 2, 3, 4});
  CHECK(read_bare("1,2\r\n3,4\r\n").values == Floats{1, 2, 3, 4});
  CHECK(read_bare("1,2\r\n3,4\r").values == Floats{1, 2, 3, 4});
  CHECK(read_bare("\xEF\xBB\xBF"
                  "7\n")
            .values == Floats{7});
  CHECK(read("1;2\n", {.separator = ';', .header = false}).values == Floats{1, 2});
  CHECK(read("1\t2\n", {.separator = '\t', .header = false}).values == Floats{1, 2});
  CHECK(read_bare("1,2\r\n\r\n\n").values == Floats{1, 2});
  CHECK(read_bare("1e-400,0\n").values == Floats{0, 0});
}

TEST_CASE("quoted CSV fields hold separators, quotes and line ends", "[csv]") {
  const CsvTable table = read("\"a,\"\"b\"\"\n\",c\r\n\"1\",\"2\"\r\n");
  CHECK(table.names == Names{"a,\"b\"\n", "c"});
  CHECK(table.values == Floats{1, 2});
}

TEST_CASE("a CSV label column becomes classes, named classes or targets", "[csv]") {
  const CsvTable classes = read("x,class,y\n1,2,3\n4,0,6\n", {.label_name = "class"});
  CHECK(classes.values == Floats{1, 3, 4, 6});
  CHECK(classes.columns == 2);
  CHECK(classes.names == Names{"x", "y"});
  CHECK(classes.classes == Classes{2, 0});
  CHECK(classes.dataset().y[0].at(0) == 2);

  const CsvTable names = read("5.1,rose\n4.9,\"lily\"\n3,rose\n",
                              {.header = false, .label_column = -1, .labels = CsvLabels::names});
  CHECK(names.classes == Classes{0, 1, 0});
  CHECK(names.class_names == Names{"rose", "lily"});

  const CsvTable targets = read("y,x\n0.5,1\n", {.label_column = 0, .labels = CsvLabels::targets});
  CHECK(targets.targets == Floats{0.5f});
  CHECK_FALSE(targets.dataset().y[0].sparse());
}

TEST_CASE("what is wrong in a CSV file is named with its line and column", "[csv]") {
  CHECK(bare_error("1,2\n3,x\n") ==
        "a.csv line 2, column 2: 'x' is not a number; write numbers such as 1.5 or 2e-3, or choose another "
        "separator, header or label column");
  CHECK_THAT(csv_error("\"a\n\",b\n1,2\n3,\n"), StartsWith("a.csv line 4, column 2: the field is empty"));
  CHECK_THAT(bare_error("1,2\n3\n"), StartsWith("a.csv line 2: it has 1 fields where the first line has 2"));
  CHECK_THAT(csv_error("a,b\n1,2,3\n"), StartsWith("a.csv line 2: it has 3 fields"));
  CHECK_THAT(bare_error("1\n\n2\n"), StartsWith("a.csv line 2, column 1: the field is empty"));
  CHECK_THAT(bare_error("1,nan\n"), StartsWith("a.csv line 1, column 2: 'nan' is not a finite float"));
  CHECK_THAT(bare_error("1e39\n"), Contains("'1e39' is not a finite float"));
  CHECK_THAT(bare_error("1e400\n"), Contains("'1e400' is not a finite float"));
  CHECK_THAT(bare_error("0x10\n"), Contains("'0x10' is not a number"));
  CHECK_THAT(bare_error("+-1\n"), Contains("'+-1' is not a number"));
  CHECK_THAT(bare_error("1 2\n"), Contains("'1 2' is not a number"));
  CHECK_THAT(bare_error("1,5\x1b[31m\n"), Contains("'5?[31m' is not a number"));
  CHECK_THAT(bare_error("1,\"2\n3"), StartsWith("a.csv line 1, column 2: a quoted field does not end"));
  CHECK_THAT(bare_error("1,\"2\"3\n"), StartsWith("a.csv line 1, column 2: text follows a closing quote"));
  CHECK_THAT(bare_error("1,2\"\n"), StartsWith("a.csv line 1, column 2: a quote stands inside a field"));
  CHECK_THAT(csv_error("a\n-1\n", {.label_column = 0}),
             StartsWith("a.csv line 2, column 1: '-1' is not a class"));
  CHECK_THAT(csv_error("a\n1.5\n", {.label_column = 0}), Contains("'1.5' is not a class"));
  CHECK_THAT(csv_error("a\n99999999999\n", {.label_column = 0}), Contains("is not a class"));
}

TEST_CASE("a CSV file without numbers, and wrong options, are refused", "[csv]") {
  CHECK(bare_error("") == "a.csv holds no line of numbers; add one");
  CHECK_THAT(csv_error("a,b\n"), StartsWith("a.csv holds no line of numbers"));
  CHECK(csv_error("a,b\n1,2\n", {.label_name = "c"}) ==
        "a.csv has 0 columns named 'c'; choose one of 'a', 'b'");
  std::string columns = "x";
  for (int i = 1; i < 500; ++i) columns += ",x" + std::to_string(i);
  CHECK_THAT(csv_error(columns + "\n1\n", {.label_name = "c"}),
             StartsWith("a.csv has 0 columns named 'c'; choose one of 'x', 'x1', ") &&
                 EndsWith("'x19' and 480 more"));
  CHECK_THAT(csv_error("a,a\n1,2\n", {.label_name = "a"}), StartsWith("a.csv has 2 columns named 'a'"));
  CHECK_THAT(csv_error("1\n", {.header = false, .label_name = "a"}), Contains("only be named with a header"));
  CHECK_THAT(csv_error("a,b\n1,2\n", {.label_column = 2}), Contains("label_column from 0 to 1"));
  CHECK_THAT(csv_error("a,b\n1,2\n", {.label_column = -3}), Contains("label_column from 0 to 1"));
  CHECK_THAT(csv_error("1", {.separator = '"'}), Contains("cannot separate"));
  CHECK_THAT(csv_error("1", {.label_name = "a", .label_column = 1}), Contains("not both"));
}

TEST_CASE("any damage to a CSV file is read as other numbers or is a clear error", "[csv]") {
  const std::string text = "a,\"b\"\"\",c\r\n1,\"2\",3\n4.5,6e1,-7\n";
  std::mt19937 engine(5);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = text.substr(0, engine() % (text.size() + 1));
    for (unsigned k = engine() % 4; k > 0 && !damaged.empty(); --k)
      damaged[engine() % damaged.size()] = "\",\n\r1-e\0x"[engine() % 9];
    CsvTable table;
    const std::string error = error_of([&] { table = read(damaged, {.label_column = -1}); });
    refused += error.empty() ? 0 : 1;
    if (error.empty()) {
      REQUIRE(table.values.size() == static_cast<std::size_t>(table.rows * table.columns));
      REQUIRE(table.classes.size() == static_cast<std::size_t>(table.rows));
    } else {
      REQUIRE_THAT(error, StartsWith("a.csv"));
    }
  }
  CHECK(refused > 1'000);
  CHECK(refused < 20'000);
}

TEST_CASE("published CSV files are read", "[csv]") {
  const char* material = std::getenv("ETCH_MATERIAL");
  if (material == nullptr) {
    WARN("skipped: ETCH_MATERIAL does not name a folder with models/rtneural");
    return;
  }
  const auto place = std::filesystem::path(material) / "models/rtneural/test_data";
  const CsvTable table = etch::host::load_csv(place / "dense_x_python.csv", {.header = false});
  CHECK(table.rows == 100);
  CHECK(table.columns == 1);
  CHECK_THAT(error_of([&] { etch::host::load_csv(place / "none.csv"); }), StartsWith("cannot open"));
}
