// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstring>
#include <memory>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/keras/pickled_arrays.hpp>

namespace etch::host {
namespace {

/// An object of the pickle. Lists, tuples and dictionaries (names and values in turn) have their items.
struct Object {
  enum class Kind {
    none,
    number,
    text,
    bytes,
    tuple,
    list,
    dictionary,
    global,
    type,
    array
  } kind = Kind::none;
  std::int64_t number = 0;
  std::string text;  ///< also of bytes, a global's name, and a type as NumPy writes it
  std::vector<std::shared_ptr<Object>> items;
  Hdf5Array array;
};
using Pointer = std::shared_ptr<Object>;
using Kind = Object::Kind;

/// The operations of pickle's protocols 2 to 4 that arrays need, by
/// https://docs.python.org/3/library/pickletools.html.
class Unpickler {
 public:
  Unpickler(std::span<const std::byte> pickle, const std::string& name) : rest_(pickle), name_(name) {}

  Pointer run() {
    for (;;) {
      const auto operation = static_cast<char>(byte());
      if (operation == '.') return pop();
      if (!constant(operation) && !memory(operation) && !collection(operation) && !call(operation)) fail();
    }
  }

 private:
  [[noreturn]] void fail() const {
    refuse(name_, "its weights are a pickle of something else than arrays", "save the weights as HDF5");
  }

  unsigned byte() { return std::to_integer<unsigned>(take(1)[0]); }
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > rest_.size()) fail();
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::uint64_t unsigned_number(unsigned width) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) value |= std::uint64_t{byte()} << 8 * i;
    return value;
  }
  std::string text(std::uint64_t size) {
    const auto bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string line() {
    std::string result;
    for (unsigned c = byte(); c != '\n'; c = byte()) result += static_cast<char>(c);
    return result;
  }

  Pointer pop() {
    if (stack_.empty()) fail();
    Pointer top = stack_.back();
    stack_.pop_back();
    return top;
  }
  void push(Kind kind, std::string text = {}, std::int64_t number = 0) {
    constexpr std::size_t most_objects = 1 << 20;
    if (++objects_ > most_objects) fail();
    stack_.push_back(std::make_shared<Object>(Object{kind, number, std::move(text), {}, {}}));
  }
  /// What was pushed since the last mark.
  std::vector<Pointer> since_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) fail();
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Pointer> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }

  bool constant(char operation) {
    switch (operation) {
      case '\x80':  // the protocol
        return byte() <= 5;
      case '\x95':  // how long a frame is
        return take(8).size() == 8;
      case 'N':
        return push(Kind::none), true;
      case '\x88':
      case '\x89':
        return push(Kind::number, {}, operation == '\x88' ? 1 : 0), true;
      case 'K':
        return push(Kind::number, {}, static_cast<std::int64_t>(unsigned_number(1))), true;
      case 'M':
        return push(Kind::number, {}, static_cast<std::int64_t>(unsigned_number(2))), true;
      case 'J':
        return push(Kind::number, {}, static_cast<std::int32_t>(unsigned_number(4))), true;
      case 'C':
        return push(Kind::bytes, text(unsigned_number(1))), true;
      case 'B':
        return push(Kind::bytes, text(unsigned_number(4))), true;
      case '\x8e':
        return push(Kind::bytes, text(unsigned_number(8))), true;
      case '\x8c':
        return push(Kind::text, text(unsigned_number(1))), true;
      case 'X':
        return push(Kind::text, text(unsigned_number(4))), true;
      default:
        return false;
    }
  }

  bool memory(char operation) {
    const auto keep = [this](std::uint64_t at) {
      if (stack_.empty()) fail();
      memory_[at] = stack_.back();
      return true;
    };
    const auto recall = [this](std::uint64_t at) {
      const auto found = memory_.find(at);
      if (found == memory_.end()) fail();
      stack_.push_back(found->second);
      return true;
    };
    switch (operation) {
      case 'q':
        return keep(unsigned_number(1));
      case 'r':
        return keep(unsigned_number(4));
      case '\x94':
        return keep(memory_.size());
      case 'h':
        return recall(unsigned_number(1));
      case 'j':
        return recall(unsigned_number(4));
      default:
        return false;
    }
  }

  void make(Kind kind, std::vector<Pointer> items) {
    push(kind);
    stack_.back()->items = std::move(items);
  }
  bool make_tuple(std::size_t count) {
    std::vector<Pointer> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return make(Kind::tuple, std::move(items)), true;
  }
  bool add_to(Kind kind, const std::vector<Pointer>& items) {
    if (stack_.empty() || stack_.back()->kind != kind) fail();
    auto& all = stack_.back()->items;
    all.insert(all.end(), items.begin(), items.end());
    return true;
  }

  bool collection(char operation) {
    switch (operation) {
      case '(':
        return marks_.push_back(stack_.size()), true;
      case ')':
        return make_tuple(0);
      case '\x85':
        return make_tuple(1);
      case '\x86':
        return make_tuple(2);
      case '\x87':
        return make_tuple(3);
      case 't':
        return make(Kind::tuple, since_mark()), true;
      case ']':
        return push(Kind::list), true;
      case '}':
        return push(Kind::dictionary), true;
      case 'a':
        return add_to(Kind::list, {pop()});
      case 'e':
        return add_to(Kind::list, since_mark());
      case 's': {
        const Pointer value = pop();
        return add_to(Kind::dictionary, {pop(), value});
      }
      case 'u':
        return add_to(Kind::dictionary, since_mark());
      default:
        return false;
    }
  }

  bool call(char operation) {
    switch (operation) {
      case 'c': {
        const std::string module = line();
        return push(Kind::global, module + "." + line()), true;
      }
      case '\x93': {
        const Pointer member = pop();
        return push(Kind::global, pop()->text + "." + member->text), true;
      }
      case 'R': {
        const Pointer arguments = pop();
        return reduce(pop(), arguments);
      }
      case 'b': {
        const Pointer state = pop();
        if (stack_.empty()) fail();
        return build(*stack_.back(), *state);
      }
      default:
        return false;
    }
  }

  /// An empty array, a number, or a type by its name: the calls that pickles of arrays have.
  bool reduce(const Pointer& function, const Pointer& arguments) {
    const std::string& called = function->text;
    if (function->kind != Kind::global) return false;
    if (called == "numpy.core.multiarray._reconstruct" || called == "numpy._core.multiarray._reconstruct")
      return push(Kind::array), true;
    if (called.ends_with("multiarray.scalar") && arguments->items.size() == 2) {
      push(Kind::array);
      read_numbers(stack_.back()->array, arguments->items[0]->text, false, arguments->items[1]->text);
      return true;
    }
    if (called != "numpy.dtype" || arguments->items.empty()) return false;
    return push(Kind::type, arguments->items[0]->text), true;
  }

  /// What an array, or a type, is: (1, shape, type, Fortran's order, bytes) and (3, byte order, ...).
  bool build(Object& object, const Object& state) {
    if (state.kind != Kind::tuple) return false;
    const auto& parts = state.items;
    if (object.kind == Kind::type) {
      if (parts.size() > 1 && parts[1]->text == ">") fail();
      return true;
    }
    if (object.kind != Kind::array || parts.size() != 5 || parts[2]->kind != Kind::type) return false;
    for (const Pointer& extent : parts[1]->items) {
      if (extent->number < 0) fail();
      object.array.shape.push_back(static_cast<std::uint64_t>(extent->number));
    }
    object.items = {parts[4]};
    if (parts[4]->kind == Kind::bytes)
      read_numbers(object.array, parts[2]->text, parts[3]->number != 0, parts[4]->text);
    return true;
  }

  template <class T>
  void convert(Hdf5Array& array, const std::string& bytes, const char* type) {
    array.type = type;
    std::vector<T> numbers(bytes.size() / sizeof(T));
    if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
    array.numbers.assign(numbers.begin(), numbers.end());
  }

  void read_numbers(Hdf5Array& array, const std::string& type, bool fortran, const std::string& bytes) {
    if (type == "f4") convert<float>(array, bytes, "float32");
    if (type == "f8") convert<double>(array, bytes, "float64");
    if (type == "i4") convert<std::int32_t>(array, bytes, "int32");
    if (type == "i8") convert<std::int64_t>(array, bytes, "int64");
    if (type == "f2") array.type = "float16";
    if (array.numbers.empty() || !fortran) return;
    const std::vector<float> turned = array.numbers;
    std::vector<std::uint64_t> at(array.shape.size());
    for (const float number : turned) {  // the first axis changes fastest
      std::uint64_t place = 0;
      for (std::size_t axis = 0; axis < at.size(); ++axis) place = place * array.shape[axis] + at[axis];
      if (place >= array.numbers.size()) fail();
      array.numbers[static_cast<std::size_t>(place)] = number;
      for (std::size_t axis = 0; axis < at.size() && ++at[axis] == array.shape[axis]; ++axis) at[axis] = 0;
    }
  }

  std::span<const std::byte> rest_;
  const std::string& name_;
  std::vector<Pointer> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, Pointer> memory_;
  std::size_t objects_ = 0;
};

}  // namespace

std::map<std::string, Hdf5Array> pickled_arrays(std::span<const std::byte> pickle, const std::string& name) {
  const Pointer outer = Unpickler(pickle, name).run();
  std::map<std::string, Hdf5Array> arrays;
  const bool one =
      outer->kind == Kind::array && outer->items.size() == 1 && outer->items[0]->items.size() == 1;
  const Pointer dictionary = one ? outer->items[0]->items[0] : outer;
  const auto& items = dictionary->items;
  if (dictionary->kind != Kind::dictionary || items.size() % 2 != 0)
    refuse(name, "its weights are a pickle of something else than arrays", "save the weights as HDF5");
  for (std::size_t i = 0; i < items.size(); i += 2)
    if (items[i + 1]->kind == Kind::array) arrays[items[i]->text] = items[i + 1]->array;
  return arrays;
}

}  // namespace etch::host
