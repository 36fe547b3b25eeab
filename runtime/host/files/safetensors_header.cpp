// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/files/safetensors_header.hpp>
#include <runtime/host/quoted.hpp>
#include <set>

namespace etch::host {

namespace {

using Json = nlohmann::json;

// Follows the parser, to refuse at once what a parsed object no longer shows: keys given twice.
// Depth 1 holds the names of the tensors, depth 2 their fields; deeper objects have no place in a header.
class KeyWatch {
 public:
  explicit KeyWatch(const std::string& file) : file_(&file) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) start(depth);
    if (event == Event::key) add(depth, parsed.get_ref<const std::string&>());
    return true;
  }

 private:
  void start(int depth) {
    if (depth > 2) refuse(*file_, "the header is nested more than 3 levels deep", save_or_copy_again);
    keys_[static_cast<std::size_t>(depth)].clear();
  }

  void add(int depth, const std::string& key) {
    if (!keys_[static_cast<std::size_t>(depth) - 1].insert(key).second) {
      refuse(*file_, "the header has the key " + in_quotes(key) + " twice", save_or_copy_again);
    }
  }

  const std::string* file_;
  std::array<std::set<std::string>, 3> keys_;
};

}  // namespace

nlohmann::json parse_safetensors_header(const std::string& file, std::string_view text) {
  // The parser would take a zero byte for the end of the text, and skip a byte order mark.
  if (!text.starts_with('{')) refuse(file, "the header does not begin with '{'", save_or_copy_again);
  if (text.find('\0') != std::string_view::npos)
    refuse(file, "the header has a zero byte", save_or_copy_again);
  try {
    return Json::parse(text.begin(), text.end(), KeyWatch(file));
  } catch (const Json::parse_error& error) {
    refuse(file, "the header is not valid JSON (byte " + std::to_string(error.byte) + ")",
           save_or_copy_again);
  } catch (const Json::exception&) {
    refuse(file, "the header has a number that no computer type can hold", save_or_copy_again);
  }
}

}  // namespace etch::host
