// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <charconv>
#include <runtime/host/data/npy_header.hpp>
#include <runtime/host/error.hpp>

namespace etch::host {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_axes = 64;  // NumPy's own limit

/// Reads the dictionary: a Python literal with the keys descr, fortran_order and shape, each once.
class DictionaryParser {
 public:
  DictionaryParser(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  void parse(NpyHeader& header) {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      value(key, header);
      if (accept('}')) break;
      expect(',');
    }
    if (!descr_ || !order_ || !shape_) fail("it needs the keys descr, fortran_order and shape");
    if (rest_.find_first_not_of(" \n") != std::string_view::npos || !rest_.ends_with('\n')) {
      fail("only spaces and a line end may follow it");
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    refuse_npy(name_, "has a header that NumPy does not write (" + what + ")");
  }
  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool accept(char c) {
    skip_spaces();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("'") + c + "' is missing");
  }
  bool accept_word(std::string_view word) {
    skip_spaces();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string quoted() {
    skip_spaces();
    if (rest_.starts_with('[')) refuse_npy(name_, "holds records, a structured type, instead of numbers");
    if (!rest_.starts_with('\'') && !rest_.starts_with('"')) fail("a text in quotes is missing");
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) fail("a text does not end");
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  void once(bool& seen, const char* key) {
    if (seen) fail(std::string("the key ") + key + " stands there twice");
    seen = true;
  }
  void value(const std::string& key, NpyHeader& header) {
    if (key == "descr") {
      once(descr_, "descr");
      header.descr = quoted();
    } else if (key == "fortran_order") {
      once(order_, "fortran_order");
      header.fortran_order = accept_word("True");
      if (!header.fortran_order && !accept_word("False")) fail("fortran_order is neither True nor False");
    } else if (key == "shape") {
      once(shape_, "shape");
      header.shape = tuple();
    } else {
      fail("it has a key that is not descr, fortran_order or shape");
    }
  }
  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> extents;
    expect('(');
    while (!accept(')')) {
      if (extents.size() == most_axes) fail("the shape has more than 64 axes");
      extents.push_back(extent());
      const bool comma = accept(',');
      if (comma) continue;
      if (extents.size() == 1) fail("a shape of one axis needs a comma");
      expect(')');
      break;
    }
    return extents;
  }
  std::size_t extent() {
    skip_spaces();
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    // What NumPy itself can address is signed.
    if (error != std::errc() || number > std::uint64_t{1} << 62) fail("an extent of the shape is no size");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // as Python 2 wrote long numbers
    return static_cast<std::size_t>(number);
  }

  std::string_view rest_, name_;
  bool descr_ = false, order_ = false, shape_ = false;
};

}  // namespace

void refuse_npy(std::string_view name, const std::string& what) {
  throw Error(std::string(name) + " " + what + "; save it again with numpy.save, as numbers");
}

NpyHeader read_npy_header(std::span<const std::uint8_t> bytes, std::string_view name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic)) refuse_npy(name, "is not an NPY file (it does not begin with \\x93NUMPY)");
  if (bytes.size() < magic.size() + 2) refuse_npy(name, "ends within its version");
  const int major = bytes[magic.size()], minor = bytes[magic.size() + 1];
  if (major < 1 || major > 3 || minor != 0) {
    refuse_npy(name, "is of version " + std::to_string(major) + "." + std::to_string(minor) +
                         ", known are 1.0, 2.0 and 3.0");
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4, start = magic.size() + 2 + length_bytes;
  if (bytes.size() < start) refuse_npy(name, "ends within the length of its header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::size_t{bytes[magic.size() + 2 + i]} << (8 * i);
  }
  if (length > bytes.size() - start) refuse_npy(name, "ends within its header");
  NpyHeader header;
  DictionaryParser(text.substr(start, length), name).parse(header);
  header.bytes = start + length;
  return header;
}

}  // namespace etch::host
