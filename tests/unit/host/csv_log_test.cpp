// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <clocale>
#include <limits>
#include <runtime/host/data/csv.hpp>
#include <runtime/host/files/csv_log.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <fstream>
#include <iterator>

namespace {

using etch::Reported;
using etch::host::CsvLog;

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("names with separators, quotes and line ends stand in quotes", "[csv_log]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "log.csv").string();
  const std::array<Reported, 4> values{
      {{"loss", 0.5f}, {"a,b", 1}, {"say \"x\"", 2}, {"two\nlines\r", 0.1f}}};
  CsvLog log;
  log.open(path.c_str(), ',', false);
  log.write(0, values);
  log.close();
  CHECK(text_of(path) == "epoch,\"a,b\",loss,\"say \"\"x\"\"\",\"two\nlines\r\"\n0,1,0.5,2,0.100000001\n");

  // What is added finds the columns of the header again, and so does the reader of tables.
  log.open(path.c_str(), ',', true);
  log.write(1, std::span(values).first(3));
  log.close();
  CHECK(text_of(path).ends_with("\n1,1,0.5,2,NA\n"));

  log.open(path.c_str(), ';', false);
  log.write(7, values);
  log.close();
  CHECK(text_of(path) == "epoch;a,b;loss;\"say \"\"x\"\"\";\"two\nlines\r\"\n7;1;0.5;2;0.100000001\n");
  const auto table = etch::host::load_csv(path, {.separator = ';'});
  CHECK(table.names == std::vector<std::string>{"epoch", "a,b", "loss", "say \"x\"", "two\nlines\r"});
  CHECK(table.values == std::vector<float>{7, 1, 0.5f, 2, 0.1f});
}

TEST_CASE("a table of numbers is added to, whatever its line ends", "[csv_log]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "log.csv").string();
  std::ofstream(path, std::ios::binary) << "epoch,loss,\"a\"\"b\"\r\n0,1,2\r\n";
  const std::array<Reported, 2> values{{{"a\"b", -0.0f}, {"loss", std::numeric_limits<float>::infinity()}}};
  CsvLog log;
  log.open(path.c_str(), ',', true);
  log.write(1, values);
  log.close();
  CHECK(text_of(path).ends_with("1,inf,-0\n"));
  CHECK_THAT(error_of([&] { log.open(path.c_str(), '"', false); }),
             Catch::Matchers::Contains("cannot separate fields"));
}

}  // namespace
