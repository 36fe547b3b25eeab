// SPDX-License-Identifier: BSL-1.0
#include <codegen/prove/sanitizer_log.hpp>

#include <algorithm>
#include <charconv>

namespace etch::host {

namespace {

/// A line of a stack, "    #0 0x55 in name folder/headers/runtime/x.hpp:10:11", as "runtime/x.hpp:10"; empty
/// where it is no line of Etch's headers.
std::string place_of(std::string_view line) {
  constexpr std::string_view headers = "headers/";
  const std::size_t at = line.rfind(headers);
  if (at == std::string_view::npos) return "";
  std::string_view place = line.substr(at + headers.size());
  if (!place.starts_with("runtime/") && !place.starts_with("etch/")) return "";
  const std::size_t number = place.find(':');
  if (number == std::string_view::npos) return "";
  return std::string(place.substr(0, place.find(':', number + 1)));
}

class Reader {
 public:
  void line(std::string_view text) {
    if (text.starts_with("proof: ")) return mark(text.substr(7));
    if (text.find("WARNING: MemorySanitizer") != std::string_view::npos) {
      open_ = true;
      return;
    }
    if (!open_) return;
    const bool frame = text.starts_with("    #");
    const std::string place = frame ? place_of(text) : "";
    if (frame && place.empty()) return;
    // The stack ends without a line of Etch: nothing names the place.
    found(place.empty() ? "a place that the sanitizer does not name (is llvm-symbolizer there?)" : place);
  }
  DataLog take() { return std::move(log_); }

 private:
  void mark(std::string_view what) {
    if (what == "data is known") known_ = true;
    if (what == "done") log_.done = true;
    if (what.starts_with("output ")) log_.stale.emplace_back(what);
    if (what.starts_with("step ")) std::from_chars(what.data() + 5, what.data() + what.size(), step_);
  }
  void found(const std::string& place) {
    open_ = false;
    if (known_) {
      if (std::ranges::find(log_.stale, place) == log_.stale.end()) log_.stale.push_back(place);
      return;
    }
    DataPlace& at = log_.places[place];
    ++at.times;
    if (step_ >= 0) at.steps.insert(step_);
  }

  DataLog log_;
  int step_ = -1;
  bool open_ = false, known_ = false;
};

}  // namespace

DataLog read_data_log(std::string_view text) {
  Reader reader;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    reader.line(text.substr(at, end - at));
    at = end + 1;
  }
  return reader.take();
}

}  // namespace etch::host
