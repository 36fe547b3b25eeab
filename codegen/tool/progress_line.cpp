// SPDX-License-Identifier: BSL-1.0
#include <codegen/tool/progress_line.hpp>
#include <runtime/host/console/progress_bar.hpp>

#include <chrono>
#include <cmath>

namespace etch::tool {

namespace {

constexpr double quiet_seconds = 0.5, between_draws = 0.1;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// "3 s", "4 min".
std::string time_text(double seconds) {
  const long rounded = std::lround(seconds);
  return rounded < 120 ? std::to_string(rounded) + " s" : std::to_string((rounded + 30) / 60) + " min";
}

}  // namespace

ProgressLine::ProgressLine(std::FILE* out, const ProgressLineOptions& options)
    : out_(out),
      live_(options.is_terminal.value_or(host::is_terminal(out))),
      now_(options.now ? options.now : steady_seconds),
      begin_(now_()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (!open_) return;
  std::fputs("\r\033[K", out_);
  std::fflush(out_);
  open_ = false;
}

void ProgressLine::show(const char* what, int done, int of) {
  if (!live_) return;
  const double now = now_();
  if (what_ != what) what_ = what, stage_begin_ = now;
  if (now - begin_ < quiet_seconds || (open_ && now - drawn_ < between_draws)) return;
  draw(done, of, now);
}

void ProgressLine::draw(int done, int of, double now) {
  std::string text = what_ + ": " + std::to_string(done) + " of " + std::to_string(of);
  const double seconds = now - stage_begin_;
  if (done > 0 && done < of && seconds >= quiet_seconds)
    text += ", " + time_text(seconds * (of - done) / done) + " left";
  // A line that is wider than the terminal would stay there.
  const auto width = static_cast<std::size_t>(host::terminal_width(out_, 80));
  if (text.size() >= width) text.resize(width - 1);
  std::fprintf(out_, "\r%s\033[K", text.c_str());
  std::fflush(out_);
  drawn_ = now;
  open_ = true;
}

}  // namespace etch::tool
