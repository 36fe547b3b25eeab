// SPDX-License-Identifier: BSL-1.0
#include <cstring>
#include <runtime/host/error.hpp>
#include <runtime/host/files/hdf5.hpp>
#include <runtime/host/quoted.hpp>

namespace etch::host {
namespace {

/// What a tree is made of on a pipe: numbers of 8 bytes, and texts behind their length.
class Packer {
 public:
  void number(std::uint64_t value) { append(&value, sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    append(value.data(), value.size());
  }
  void append(const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class Unpacker {
 public:
  Unpacker(std::span<const std::byte> bytes, const std::string& name) : rest_(bytes), name_(name) {}

  bool empty() const { return rest_.empty(); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() {
    const auto bytes = take(number());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > rest_.size()) fail();
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  /// How many parts follow, each of at least 8 bytes.
  std::size_t count() {
    const std::uint64_t count = number();
    if (count > rest_.size() / 8) fail();
    return static_cast<std::size_t>(count);
  }
  [[noreturn]] void fail() const {
    throw Error(in_quotes(name_, name_.size()) + " is damaged: the HDF5 library stopped on it");
  }

 private:
  std::span<const std::byte> rest_;
  const std::string& name_;
};

Hdf5Array array_of(Unpacker& from) {
  Hdf5Array array;
  for (std::size_t axes = from.count(); axes > 0; --axes) array.shape.push_back(from.number());
  array.type = from.text();
  const std::uint64_t bytes = from.number();
  const auto numbers = from.take(bytes);
  if (numbers.size() % sizeof(float) != 0) from.fail();
  array.numbers.resize(numbers.size() / sizeof(float));
  if (!numbers.empty()) std::memcpy(array.numbers.data(), numbers.data(), numbers.size());
  return array;
}

Hdf5Object object_of(Unpacker& from) {
  Hdf5Object object;
  for (std::size_t attributes = from.count(); attributes > 0; --attributes) {
    std::vector<std::string>& texts = object.texts[from.text()];
    for (std::size_t count = from.count(); count > 0; --count) texts.push_back(from.text());
  }
  if (from.number() != 0) object.array = array_of(from);
  return object;
}

}  // namespace

std::vector<std::string> Hdf5Object::text(std::string_view attribute) const {
  const std::string name(attribute);
  if (const auto found = texts.find(name); found != texts.end()) return found->second;
  std::vector<std::string> joined;
  for (int part = 0;; ++part) {
    const auto found = texts.find(name + std::to_string(part));
    if (found == texts.end()) return joined;
    joined.insert(joined.end(), found->second.begin(), found->second.end());
  }
}

bool is_hdf5(std::span<const std::byte> file) {
  constexpr unsigned char signature[]{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  return file.size() >= sizeof signature && std::memcmp(file.data(), signature, sizeof signature) == 0;
}

void give_tree(const Hdf5Tree& tree, const GiveBytes& give) {
  for (const auto& [path, object] : tree) {
    Packer packed;
    packed.text(path);
    packed.number(object.texts.size());
    for (const auto& [name, texts] : object.texts) {
      packed.text(name);
      packed.number(texts.size());
      for (const std::string& text : texts) packed.text(text);
    }
    packed.number(object.array ? 1 : 0);
    if (object.array) {
      packed.number(object.array->shape.size());
      for (const std::uint64_t extent : object.array->shape) packed.number(extent);
      packed.text(object.array->type);
      packed.number(object.array->numbers.size() * sizeof(float));
      packed.append(object.array->numbers.data(), object.array->numbers.size() * sizeof(float));
    }
    give(packed.bytes());
  }
}

Hdf5Tree tree_of(std::span<const std::byte> bytes, const std::string& name) {
  Unpacker from(bytes, name);
  Hdf5Tree tree;
  while (!from.empty()) {
    const std::string path = from.text();
    tree[path] = object_of(from);
  }
  return tree;
}

}  // namespace etch::host
