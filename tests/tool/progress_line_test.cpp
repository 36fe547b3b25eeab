// SPDX-License-Identifier: BSL-1.0
#include <codegen/tool/progress_line.hpp>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace progress_line_test {

using etch::tool::ProgressLine;

double seconds = 0;
double fake_now() { return seconds; }

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// What a line wrote, which was shown at these times.
std::string written(bool terminal, const std::vector<double>& times) {
  const std::unique_ptr<std::FILE, Close> file(std::tmpfile());
  REQUIRE(file);
  seconds = 0;
  {
    ProgressLine line(file.get(), {terminal, fake_now});
    for (std::size_t i = 0; i < times.size(); ++i) {
      seconds = times[i];
      line.show("running", static_cast<int>(i), 10);
    }
  }
  std::rewind(file.get());
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

TEST_CASE("long work is a line that is written over, and gone in the end", "[progress]") {
  CHECK(written(true, {0, 0.1, 0.4}).empty());
  CHECK(written(true, {0, 0.6, 0.65, 1}) ==
        "\rrunning: 1 of 10, 5 s left\033[K\rrunning: 3 of 10, 2 s left\033[K\r\033[K");
  CHECK(written(true, {0, 300}) == "\rrunning: 1 of 10, 45 min left\033[K\r\033[K");
}

TEST_CASE("no line is shown where there is no terminal", "[progress]") {
  CHECK(written(false, {0, 1, 2, 3}).empty());
}

}  // namespace progress_line_test
