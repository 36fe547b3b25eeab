// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

using namespace etch;

namespace {

inline constexpr auto net = sequential(Input{1}, Dense{1});

auto make_model() { return compile<net>(SGD{}, MeanSquaredError{}, hana::make_tuple(), batch<2>); }

const std::vector<float> x{1, 2, 3}, y{2, 4, 7};
const Dataset data{x, y};

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("CSVLogger keeps the rows of a run that BackupAndRestore goes on from", "[csv_logger]") {
  const TemporaryFolder folder;
  const std::string log = (folder / "log.csv").string(), unbroken = (folder / "unbroken.csv").string();
  const std::string dir = (folder / "backup").string();
  make_model().fit(data, {.epochs = 5, .silent = true}, CSVLogger{.filename = unbroken.c_str()});
  // Interrupted in its third epoch, after the line of that epoch was written.
  const auto run = [&](bool stops) {
    auto model = make_model();
    LambdaCallback stop{.on_epoch_end = [&](int epoch, const Logs&) {
      if (stops && epoch == 2) throw Error("interrupted");
    }};
    model.fit(data, {.epochs = 5, .silent = true}, CSVLogger{.filename = log.c_str()}, stop,
              BackupAndRestore{.backup_dir = dir.c_str()});
  };
  CHECK_THROWS_WITH(run(true), "interrupted");
  CHECK(lines_in(text_of(log)) == 4);
  run(false);
  CHECK(lines_in(text_of(log)) == 6);
  CHECK(text_of(log) == text_of(unbroken));
}

TEST_CASE("CSVLogger keeps the rows before initial_epoch, and no others", "[csv_logger]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "log.csv").string();
  const auto go_on = [&] {
    make_model().fit(data, {.epochs = 3, .initial_epoch = 2, .silent = true},
                     CSVLogger{.filename = path.c_str()});
    return text_of(path);
  };
  std::ofstream(path) << "epoch,loss,\"two\nlines\"\n0,1,2\n1,3,4\n2,5,6\n";
  const std::string kept = go_on();
  CHECK(kept.starts_with("epoch,loss,\"two\nlines\"\n0,1,2\n1,3,4\n2,"));
  CHECK(kept.ends_with(",NA\n"));
  CHECK(lines_in(kept) == 5);
  std::ofstream(path) << "not a log\n";
  CHECK(go_on().starts_with("epoch,loss\n2,"));
  std::filesystem::remove(path);
  CHECK(go_on().starts_with("epoch,loss\n2,"));
}
