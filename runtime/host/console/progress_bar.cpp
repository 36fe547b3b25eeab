// SPDX-License-Identifier: BSL-1.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <runtime/host/console/columns.hpp>
#include <runtime/host/console/progress_bar.hpp>
#include <string_view>

namespace etch::host {
namespace {

constexpr double seconds_between_draws = 0.1;
constexpr int full_bar = 20;
constexpr int shortest_bar = 5;
constexpr int usual_terminal = 80;

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// The longest beginning of `text` that takes at most `columns` columns, in whole characters.
std::string_view first_columns(std::string_view text, int columns) {
  int seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues_character(text[i])) continue;
    if (seen == columns) return text.substr(0, i);
    ++seen;
  }
  return text;
}

/// Text of a bounded length; what does not fit is left out, from a whole character on.
class Line {
 public:
  std::string_view view() const { return {text_.data(), size_}; }

  void put(std::string_view text) {
    std::size_t count = std::min(text.size(), text_.size() - size_);
    while (count < text.size() && count > 0 && continues_character(text[count])) --count;
    std::memcpy(text_.data() + size_, text.data(), count);
    size_ += count;
  }

  /// As `put`, but a control character in a user's name cannot reach the terminal.
  void put_name(std::string_view name) {
    const std::size_t begin = size_;
    put(name);
    std::replace_if(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                    text_.begin() + static_cast<std::ptrdiff_t>(size_), is_control, '?');
  }

  template <class... Values>
  [[gnu::always_inline]] void format(const char* pattern, Values... values) {
    std::array<char, 64> piece{};
    const int length = std::snprintf(piece.data(), piece.size(), pattern, values...);
    put({piece.data(), std::min(static_cast<std::size_t>(std::max(length, 0)), piece.size() - 1)});
  }

  void write(std::FILE* out) const { std::fwrite(text_.data(), 1, size_, out); }

 private:
  std::array<char, 1024> text_;
  std::size_t size_ = 0;
};

void put_value(Line& line, const NamedValue& value) {
  line.put(" - ");
  line.put_name(value.name);
  const double size = std::abs(value.value);
  if (std::isnan(value.value)) {
    line.put(": nan");
  } else if (size > 1e-3 && size < 1e9) {
    line.format(": %.4f", value.value);
  } else {
    line.format(": %.4e", value.value);
  }
}

void put_duration(Line& line, double seconds) {
  const auto total = static_cast<long long>(std::clamp(seconds, 0.0, 1e9));
  if (total >= 3600) {
    line.format("%lld:%02lld:%02lld", total / 3600, total / 60 % 60, total % 60);
  } else if (total >= 60) {
    line.format("%lld:%02lld", total / 60, total % 60);
  } else {
    line.format("%llds", total);
  }
}

void put_step_time(Line& line, double seconds) {
  if (seconds >= 0.9995) {
    line.format("%.0fs/step", seconds);
  } else if (seconds >= 0.9995e-3) {
    line.format("%.0fms/step", seconds * 1e3);
  } else {
    line.format("%.0fus/step", seconds * 1e6);
  }
}

void put_count(Line& line, int step, int steps) {
  if (steps <= 0) {
    line.format("%d/Unknown ", step);
    return;
  }
  const int digits = std::snprintf(nullptr, 0, "%d", steps);
  line.format("%*d/%d ", digits, step, steps);
}

void put_bar(Line& line, int cells, double done, bool utf8) {
  const int filled = static_cast<int>(done * cells);
  if (!utf8) line.put("[");
  for (int i = 0; i < cells; ++i) {
    if (utf8) {
      line.put(i < filled ? "━" : "─");
    } else {
      line.put(i < filled ? "=" : i == filled ? ">" : ".");
    }
  }
  line.put(utf8 ? " " : "] ");
}

/// How many cells of a bar fit when the text beside it takes `taken` of `columns`; 0 when none is worth it.
int bar_cells(int columns, int taken, bool utf8) {
  const int frame = utf8 ? 1 : 3;
  const int cells = std::min(full_bar, columns - taken - frame);
  return cells < shortest_bar ? 0 : cells;
}

bool contains_utf8(std::string_view text) {
  for (std::string_view spelling : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
    if (text.find(spelling) != text.npos) return true;
  }
  return false;
}

void write_values(std::FILE* out, std::span<const NamedValue> values) {
  for (const NamedValue& value : values) {
    Line line;
    put_value(line, value);
    line.write(out);
  }
  std::fputc('\n', out);
  std::fflush(out);
}

}  // namespace

bool utf8_locale() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return contains_utf8(value);
  }
  return false;
}

bool is_terminal(std::FILE* out) {
  if (isatty(fileno(out)) == 0) return false;
  const char* kind = std::getenv("TERM");
  return kind == nullptr || std::string_view(kind) != "dumb";
}

int terminal_width(std::FILE* out, int fallback) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return fallback;
  return size.ws_col;
}

ProgressBar::ProgressBar(std::FILE* out, int epochs, int steps_per_epoch, const ProgressOptions& options)
    : out_(out),
      epochs_(epochs),
      steps_(steps_per_epoch),
      silent_(options.verbose == Verbose::silent),
      live_(options.verbose == Verbose::progress && options.is_terminal.value_or(host::is_terminal(out))),
      utf8_(options.utf8.value_or(utf8_locale())),
      width_(options.width),
      now_(options.now != nullptr ? options.now : steady_seconds) {}

ProgressBar::~ProgressBar() {
  if (!line_open_) return;
  std::fputc('\n', out_);
  std::fflush(out_);
}

void ProgressBar::begin_epoch(int epoch) {
  if (silent_) return;
  epoch_ = epoch;
  step_ = 0;
  drawn_ = false;
  begin_ = last_step_ = now_();
  if (!live_) return;
  if (line_open_) std::fputc('\n', out_);
  line_open_ = false;
  Line line;
  line.format("Epoch %d/%d\n", epoch_, epochs_);
  line.write(out_);
  std::fflush(out_);
}

void ProgressBar::update(int step, std::span<const NamedValue> values) {
  if (silent_) return;
  step_ = step;
  last_step_ = now_();
  if (!live_) return;
  const bool due = !drawn_ || last_step_ - last_draw_ >= seconds_between_draws;
  if (due || step_ == steps_) draw(values);
}

void ProgressBar::end_epoch(std::span<const NamedValue> values) {
  if (silent_) return;
  if (live_) {
    finish_bar(values);
  } else {
    finish_line(values);
  }
}

double ProgressBar::seconds_per_step() const {
  // A caller that reported no step still took them.
  if (step_ <= 0) return steps_ > 0 ? (now_() - begin_) / steps_ : 0;
  return (last_step_ - begin_) / step_;
}

void ProgressBar::draw(std::span<const NamedValue> values) {
  const bool left_known = steps_ > 0 && step_ < steps_;
  Line line;
  put_count(line, step_, steps_);
  Line tail;
  put_duration(tail, left_known ? seconds_per_step() * (steps_ - step_) : last_step_ - begin_);
  tail.put(" ");
  put_step_time(tail, seconds_per_step());

  // The last column stays free: a terminal that has written there may already be on the next line.
  const int columns = std::max((width_ > 0 ? width_ : terminal_width(out_, usual_terminal)) - 1, 1);
  for (const NamedValue& value : values) {  // whole ones, as many as there is room for
    Line next = tail;
    put_value(next, value);
    if (static_cast<int>(columns_of(line.view()) + columns_of(next.view())) > columns) break;
    tail = next;
  }
  const int cells =
      bar_cells(columns, static_cast<int>(columns_of(line.view()) + columns_of(tail.view())), utf8_);
  if (steps_ > 0 && cells > 0) put_bar(line, cells, std::clamp(double(step_) / steps_, 0.0, 1.0), utf8_);
  line.put(tail.view());

  const std::string_view visible = first_columns(line.view(), columns);
  std::fputc('\r', out_);
  std::fwrite(visible.data(), 1, visible.size(), out_);
  std::fputs("\x1b[K", out_);
  std::fflush(out_);
  drawn_ = true;
  line_open_ = true;
  last_draw_ = last_step_;
}

void ProgressBar::finish_bar(std::span<const NamedValue> values) {
  // Nothing is drawn over this line again, so it may wrap: no value is cut from the result.
  Line line;
  line.put("\r\x1b[K");
  const int step = step_ > 0 ? step_ : std::max(steps_, 0);
  put_count(line, step, steps_);
  if (steps_ > 0) put_bar(line, full_bar, std::clamp(double(step) / steps_, 0.0, 1.0), utf8_);
  put_duration(line, now_() - begin_);
  line.put(" ");
  put_step_time(line, seconds_per_step());
  line.write(out_);
  write_values(out_, values);
  line_open_ = false;
}

void ProgressBar::finish_line(std::span<const NamedValue> values) {
  Line line;
  line.format("Epoch %d/%d - %.1fs - ", epoch_, epochs_, now_() - begin_);
  put_step_time(line, seconds_per_step());
  line.write(out_);
  write_values(out_, values);
}

}  // namespace etch::host
