// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <runtime/host/console/progress_bar.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::atomic<int> allocations{0};

void* counted(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

// Weak, so that another test of the same program may count too.
[[gnu::weak]] void* operator new(std::size_t size) {
  void* const memory = counted(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::weak]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
[[gnu::weak]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::weak]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

using etch::host::NamedValue;
using etch::host::ProgressBar;
using etch::host::ProgressOptions;
using etch::host::Verbose;

double clock_seconds = 0;
double fake_now() { return clock_seconds; }

/// A file whose text can be taken while it is written.
class Output {
 public:
  Output() : file_(std::tmpfile()) { clock_seconds = 100; }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { std::fclose(file_); }

  std::FILE* file() const { return file_; }

  /// What was written since the last call.
  std::string take() {
    std::fflush(file_);
    std::fseek(file_, taken_, SEEK_SET);
    std::string text;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) text += static_cast<char>(c);
    std::fseek(file_, 0, SEEK_END);
    taken_ = std::ftell(file_);
    return text;
  }

 private:
  std::FILE* file_;
  long taken_ = 0;
};

ProgressOptions terminal(int width, bool utf8 = true) {
  return {.is_terminal = true, .utf8 = utf8, .width = width, .now = fake_now};
}

constexpr ProgressOptions log_options{.is_terminal = false, .utf8 = true, .width = 0, .now = fake_now};

constexpr std::array values{NamedValue{"accuracy", 0.93125}, NamedValue{"loss", 0.2411}};
constexpr std::array final_values{NamedValue{"accuracy", 0.95}, NamedValue{"loss", 0.2},
                                  NamedValue{"val_accuracy", 0.94}, NamedValue{"val_loss", 0.0005}};

std::string repeat(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

int visible_columns(const std::string& text) {
  const std::size_t begin = text.find('\r') + 1;
  const std::string visible = text.substr(begin, text.find('\x1b') - begin);
  return static_cast<int>(std::count_if(visible.begin(), visible.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

int count(const std::string& text, char c) {
  return static_cast<int>(std::count(text.begin(), text.end(), c));
}

std::string drawn_value(double value) {
  Output output;
  ProgressBar bar(output.file(), 1, 1, log_options);
  bar.begin_epoch(1);
  bar.end_epoch(std::array{NamedValue{"v", value}});
  const std::string text = output.take();
  return text.substr(text.find("v: "));
}

class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) {
      had_ = true;
      old_ = old;
    }
    setenv(name, value, 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { had_ ? setenv(name_, old_.c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  bool had_ = false;
  std::string old_;
};

}  // namespace

TEST_CASE("a terminal shows a bar as in Keras", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 5, 1875, terminal(120));
  bar.begin_epoch(1);
  CHECK(output.take() == "Epoch 1/5\n");
  clock_seconds += 0.75;
  bar.update(750, values);
  CHECK(output.take() == "\r 750/1875 " + repeat("━", 8) + repeat("─", 12) +
                             " 1s 1ms/step - accuracy: 0.9313 - loss: 0.2411\x1b[K");
  clock_seconds += 3.0;
  bar.update(1875, values);
  CHECK(output.take() ==
        "\r1875/1875 " + repeat("━", 20) + " 3s 2ms/step - accuracy: 0.9313 - loss: 0.2411\x1b[K");
  clock_seconds += 1.5;
  bar.end_epoch(final_values);
  CHECK(output.take() ==
        "\r\x1b[K1875/1875 " + repeat("━", 20) +
            " 5s 2ms/step - accuracy: 0.9500 - loss: 0.2000 - val_accuracy: 0.9400 - val_loss: "
            "5.0000e-04\n");
  bar.begin_epoch(2);
  CHECK(output.take() == "Epoch 2/5\n");
}

TEST_CASE("without UTF-8 the bar is ASCII", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 4, terminal(120, false));
  bar.begin_epoch(1);
  output.take();
  clock_seconds += 2;
  bar.update(1, {});
  CHECK(output.take() == "\r1/4 [=====>..............] 6s 2s/step\x1b[K");
  bar.update(4, {});
  CHECK(output.take() == "\r4/4 [====================] 2s 500ms/step\x1b[K");
}

TEST_CASE("the bar is redrawn about ten times a second", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 100000, terminal(80));
  bar.begin_epoch(1);
  for (int step = 1; step <= 10000; ++step) {
    clock_seconds += 1e-4;
    bar.update(step, values);
  }
  const int draws = count(output.take(), '\r');
  CHECK(draws >= 9);
  CHECK(draws <= 11);
}

TEST_CASE("the last step is always drawn", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 2, terminal(80));
  bar.begin_epoch(1);
  bar.update(1, {});
  output.take();
  bar.update(2, {});
  CHECK(output.take().find("2/2") != std::string::npos);
}

TEST_CASE("the live line never reaches the terminal's last column", "[progress]") {
  for (const bool utf8 : {true, false}) {
    for (int width = 1; width <= 120; ++width) {
      Output output;
      ProgressBar bar(output.file(), 1, 1875, terminal(width, utf8));
      bar.begin_epoch(1);
      output.take();
      bar.update(900, std::array{NamedValue{"précision", 0.5}, NamedValue{"loss", 0.25}});
      const std::string text = output.take();
      INFO("width " << width << ": " << text);
      REQUIRE(visible_columns(text) <= std::max(width - 1, 1));
      if (width == 61) CHECK(text.find("loss: 0.2500\x1b") != text.npos);
      const auto after_cut = static_cast<unsigned char>(text[text.find('\x1b') - 1]);
      const bool whole_character = after_cut < 0x80 || text.find("\xC3\x1b") == text.npos;
      REQUIRE(whole_character);
    }
  }
}

TEST_CASE("the bar shrinks before values are cut", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 1875, terminal(65));
  bar.begin_epoch(1);
  output.take();
  bar.update(1875, values);
  const std::string text = output.take();
  CHECK(text == "\r1875/1875 " + repeat("━", 8) + " 0s 0us/step - accuracy: 0.9313 - loss: 0.2411\x1b[K");
}

TEST_CASE("a value that does not fit is left out as a whole", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 1875, terminal(50));
  bar.begin_epoch(1);
  output.take();
  bar.update(1875, values);
  CHECK(output.take() == "\r1875/1875 " + repeat("━", 8) + " 0s 0us/step - accuracy: 0.9313\x1b[K");
}

TEST_CASE("a log has one plain line for each epoch", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 5, 1875, log_options);
  bar.begin_epoch(1);
  for (int step = 1; step <= 1875; ++step) {
    clock_seconds += 0.001;
    bar.update(step, values);
  }
  CHECK(output.take().empty());
  clock_seconds += 0.225;
  bar.end_epoch(final_values);
  CHECK(output.take() ==
        "Epoch 1/5 - 2.1s - 1ms/step - accuracy: 0.9500 - loss: 0.2000 - val_accuracy: 0.9400 - val_loss: "
        "5.0000e-04\n");
}

TEST_CASE("verbose chooses what is said", "[progress]") {
  for (const Verbose verbose : {Verbose::silent, Verbose::line_per_epoch}) {
    Output output;
    ProgressOptions options = terminal(80);
    options.verbose = verbose;
    {
      ProgressBar bar(output.file(), 1, 10, options);
      bar.begin_epoch(1);
      clock_seconds += 1;
      bar.update(10, values);
      bar.end_epoch(values);
    }
    const std::string line = "Epoch 1/1 - 1.0s - 100ms/step - accuracy: 0.9313 - loss: 0.2411\n";
    CHECK(output.take() == (verbose == Verbose::silent ? "" : line));
  }
}

TEST_CASE("a line of any length is whole in a log", "[progress]") {
  Output output;
  const std::vector<NamedValue> many(200, NamedValue{"a_rather_long_metric_name", 0.5});
  ProgressBar bar(output.file(), 1, 10, log_options);
  bar.begin_epoch(1);
  bar.end_epoch(many);
  const std::string text = output.take();
  CHECK(text.size() > 200 * 34);
  CHECK(count(text, '\n') == 1);
}

TEST_CASE("an epoch that ends early leaves a fresh line", "[progress]") {
  Output output;
  {
    ProgressBar bar(output.file(), 1, 10, terminal(80));
    bar.begin_epoch(1);
    bar.update(3, values);
    output.take();
  }
  CHECK(output.take() == "\n");
}

TEST_CASE("an unknown number of steps has no bar", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 0, terminal(80));
  bar.begin_epoch(1);
  output.take();
  clock_seconds += 4;
  bar.update(2, {});
  CHECK(output.take() == "\r2/Unknown 4s 2s/step\x1b[K");
}

TEST_CASE("long times have minutes and hours", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 1000, terminal(80));
  bar.begin_epoch(1);
  clock_seconds += 10;
  bar.update(1, {});
  CHECK(output.take().find(" 2:46:30 10s/step") != std::string::npos);
  clock_seconds += 115;
  bar.update(500, {});
  CHECK(output.take().find(" 2:05 250ms/step") != std::string::npos);
}

TEST_CASE("values are written as Keras writes them", "[progress]") {
  CHECK(drawn_value(0.5) == "v: 0.5000\n");
  CHECK(drawn_value(-12.34567) == "v: -12.3457\n");
  CHECK(drawn_value(0.001) == "v: 1.0000e-03\n");
  CHECK(drawn_value(0) == "v: 0.0000e+00\n");
  CHECK(drawn_value(1e300) == "v: 1.0000e+300\n");
  CHECK(drawn_value(-std::nan("")) == "v: nan\n");
}

TEST_CASE("a name cannot smuggle control characters into a log", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 1, log_options);
  bar.begin_epoch(1);
  bar.end_epoch(std::array{NamedValue{"a\n\x1b[2Jb", 1.0}});
  CHECK(output.take().find("a??[2Jb: 1.0000\n") != std::string::npos);
}

TEST_CASE("a file is a log by itself", "[progress]") {
  Output output;
  ProgressBar bar(output.file(), 1, 1, {.now = fake_now});
  bar.begin_epoch(1);
  bar.update(1, values);
  CHECK(output.take().empty());
  CHECK(etch::host::terminal_width(output.file(), 77) == 77);
}

TEST_CASE("the locale decides on UTF-8", "[progress]") {
  const Environment all("LC_ALL", "");
  const Environment kind("LC_CTYPE", "");
  {
    const Environment language("LANG", "en_US.UTF-8");
    CHECK(etch::host::utf8_locale());
    const Environment stronger("LC_ALL", "C");
    CHECK_FALSE(etch::host::utf8_locale());
  }
  const Environment language("LANG", "C.utf8");
  CHECK(etch::host::utf8_locale());
}

TEST_CASE("progress never uses the heap", "[progress]") {
  const int before_control = allocations;
  // Called by name: the compiler may leave out a pair of new and delete expressions.
  ::operator delete(::operator new(10));
  REQUIRE(allocations > before_control);
  for (const bool live : {true, false}) {
    Output output;
    ProgressOptions options = terminal(80);
    options.is_terminal = live;
    const int before = allocations;
    {
      ProgressBar bar(output.file(), 2, 100, options);
      bar.begin_epoch(1);
      for (int step = 1; step <= 100; ++step) {
        clock_seconds += 0.2;
        bar.update(step, values);
      }
      bar.end_epoch(final_values);
    }
    const int after = allocations;
    CHECK(after == before);
  }
}
