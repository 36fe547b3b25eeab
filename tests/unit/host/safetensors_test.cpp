// SPDX-License-Identifier: BSL-1.0
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <runtime/host/error.hpp>
#include <runtime/host/replace_file.hpp>
#include <runtime/host/safetensors.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using etch::MetadataEntry;
using etch::TensorEntry;
using etch::host::SafetensorsFile;
using etch::host::Tensor;
using Bytes = std::vector<std::byte>;

// A folder for the files of one test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "etch_safetensors_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  fs::path operator/(std::string_view name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  auto count() const { return std::distance(fs::directory_iterator(path_), fs::directory_iterator()); }

 private:
  fs::path path_;
};

Bytes to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void store(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string fetch(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string length_prefix(std::uint64_t length) {
  std::string prefix(8, '\0');
  std::memcpy(prefix.data(), &length, 8);
  return prefix;
}

std::string file_text(const std::string& header, std::size_t data_size) {
  return length_prefix(header.size()) + header + std::string(data_size, '\0');
}

// One tensor w of 2 floats, with a field replaced.
std::string one_tensor(const std::string& shape, const std::string& offsets,
                       const std::string& dtype = "F32") {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

std::string two_tensors(const std::string& offsets_a, const std::string& offsets_b) {
  return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + offsets_a +
         R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + offsets_b + "}}";
}

// The sentence that refuses a file; empty if it is read.
std::string refusal(std::string_view text) {
  try {
    static_cast<void>(SafetensorsFile::parse(to_bytes(text), "some.safetensors"));
    return "";
  } catch (const etch::Error& error) {
    return error.what();
  }
}

template <class Action>
std::string error_of(Action action) {
  try {
    action();
    return "";
  } catch (const etch::Error& error) {
    return error.what();
  }
}

// A model's worth of tensors: several types, a scalar and an empty tensor.
struct Sample {
  std::array<float, 6> kernel{1.0F, -2.0F, 0.5F, 3e-9F, 4e9F, -0.0F};
  std::array<std::int8_t, 3> quantized{-128, 0, 127};
  std::int64_t step = -123456789012345;
  std::array<int, 2> kernel_shape{2, 3};
  std::array<int, 1> quantized_shape{3};
  std::array<int, 2> empty_shape{0, 7};

  std::vector<TensorEntry> entries() const {
    return {{"hidden/0/dense/kernel", "F32", kernel_shape, std::as_bytes(std::span(kernel))},
            {"optimizer/step", "I64", {}, std::as_bytes(std::span(&step, 1))},
            {"nothing", "I32", empty_shape, {}},
            {"quantized \"\\\n\x1f \xc3\xa9", "I8", quantized_shape, std::as_bytes(std::span(quantized))}};
  }

  static std::vector<MetadataEntry> metadata() { return {{"etch.graph", "0123abcd"}, {"note", "tab\there"}}; }

  std::string text() const {
    std::string result;
    REQUIRE(etch::write_safetensors(
        [&](std::span<const std::byte> bytes) {
          result += to_text(bytes);
          return true;
        },
        entries(), metadata()));
    return result;
  }
};

void check_sample(const SafetensorsFile& file, const Sample& sample) {
  const auto entries = sample.entries();
  REQUIRE(file.tensors().size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Tensor& tensor = file.tensors()[i];
    CHECK(tensor.name == entries[i].name);
    CHECK(tensor.dtype == entries[i].dtype);
    CHECK(std::ranges::equal(tensor.shape, entries[i].shape));
    CHECK(std::ranges::equal(file.data(tensor), entries[i].data));
    CHECK(file.find(tensor.name) == &tensor);
  }
  CHECK(file.find("absent") == nullptr);
  REQUIRE(file.metadata().size() == 3);
  CHECK(file.metadata().at("etch.graph") == "0123abcd");
  CHECK(file.metadata().at("note") == "tab\there");
  CHECK(file.metadata().at("etch.crc32").size() == 8);
}

// What SafetensorsFile promises of every file that it accepts.
bool is_consistent(const SafetensorsFile& file) {
  std::size_t end = 0;
  for (const Tensor& tensor : file.tensors()) {
    std::uint64_t bytes = etch::host::dtype_size(tensor.dtype);
    for (const std::int64_t dim : tensor.shape) bytes *= static_cast<std::uint64_t>(dim);
    if (bytes == 0 && std::ranges::count(tensor.shape, 0) == 0) return false;
    if (tensor.begin != end || tensor.end - tensor.begin != bytes) return false;
    if (file.data(tensor).size() != bytes || file.find(tensor.name) != &tensor) return false;
    end = tensor.end;
  }
  return true;
}

}  // namespace

TEST_CASE("crc32 equals that of zlib", "[safetensors]") {
  CHECK(etch::crc32({}) == 0);
  CHECK(etch::crc32(to_bytes("123456789")) == 0xcbf43926);
  CHECK(etch::crc32(to_bytes("6789"), etch::crc32(to_bytes("12345"))) == 0xcbf43926);
  const auto digits = etch::hex_digits(0x00c0ffee);
  CHECK(std::string_view(digits.data(), digits.size()) == "00c0ffee");
}

TEST_CASE("safetensors: a known file, byte for byte", "[safetensors]") {
  const std::array<float, 2> w{1.0F, -2.0F};
  const std::array<std::int8_t, 3> b{1, -2, 3};
  const std::array<int, 1> w_shape{2};
  const std::array<int, 2> b_shape{3, 1};
  const std::array<TensorEntry, 2> tensors{{{"w", "F32", w_shape, std::as_bytes(std::span(w))},
                                            {"b", "I8", b_shape, std::as_bytes(std::span(b))}}};
  const std::array<MetadataEntry, 1> metadata{{{"key", "a\"\\\n"}}};
  std::string written;
  const auto sink = [&](std::span<const std::byte> bytes) {
    written += to_text(bytes);
    return true;
  };
  REQUIRE(etch::write_safetensors(sink, tensors, metadata));

  // 170 characters and 6 spaces; the checksum is from Python's zlib.
  const std::string header = R"({"__metadata__":{"etch.crc32":"3586e9ca","key":"a\"\\\u000a"},)"
                             R"("w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"I8","shape":[3,1],"data_offsets":[8,11]}})"
                             "      ";
  using namespace std::string_literals;
  CHECK(written == "\xb0\0\0\0\0\0\0\0"s + header + "\0\0\x80\x3f\0\0\0\xc0\x01\xfe\x03"s);
  CHECK(refusal(written).empty());
}

TEST_CASE("safetensors: a file without tensors", "[safetensors]") {
  std::string written;
  const auto sink = [&](std::span<const std::byte> bytes) {
    written += to_text(bytes);
    return true;
  };
  REQUIRE(etch::write_safetensors(sink, std::span<const TensorEntry>()));
  CHECK(written == length_prefix(48) + R"({"__metadata__":{"etch.crc32":"00000000"}})" + "      ");
  CHECK(refusal(written).empty());
  CHECK(refusal(length_prefix(2) + "{}").empty());
}

TEST_CASE("safetensors: tensors that are made when asked", "[safetensors]") {
  struct Counted {
    std::array<float, 4> values{1, 2, 3, 4};
    std::array<int, 1> shape{1};
    std::size_t size() const { return values.size(); }
    TensorEntry operator[](std::size_t i) const {
      return {std::string_view("abcd").substr(i, 1), "F32", shape,
              std::as_bytes(std::span(values).subspan(i, 1))};
    }
  };
  std::string written;
  const auto sink = [&](std::span<const std::byte> bytes) {
    written += to_text(bytes);
    return true;
  };
  REQUIRE(etch::write_safetensors(sink, Counted{}));
  const auto file = SafetensorsFile::parse(to_bytes(written), "memory");
  REQUIRE(file.tensors().size() == 4);
  float value = 0;
  std::memcpy(&value, file.data(*file.find("c")).data(), sizeof value);
  CHECK(value == 3.0F);
}

TEST_CASE("safetensors: a sink that refuses ends the writing", "[safetensors]") {
  const Sample sample;
  std::size_t whole = 0;
  REQUIRE(etch::write_safetensors([&](std::span<const std::byte>) { return ++whole > 0; }, sample.entries()));
  for (std::size_t limit = 0; limit < whole; ++limit) {
    std::size_t calls = 0;
    CHECK_FALSE(etch::write_safetensors([&](std::span<const std::byte>) { return ++calls <= limit; },
                                        sample.entries()));
    CHECK(calls == limit + 1);
  }
}

TEST_CASE("safetensors: round trip through a file and through memory", "[safetensors]") {
  const Folder folder;
  const Sample sample;
  const auto path = folder / "model.safetensors";
  etch::host::write_safetensors_file(path, sample.entries(), Sample::metadata());
  CHECK(fetch(path) == sample.text());
  CHECK(folder.count() == 1);
  check_sample(SafetensorsFile::read(path), sample);
  const SafetensorsFile copy = SafetensorsFile::parse(to_bytes(sample.text()), "memory");
  check_sample(copy, sample);
  std::uint64_t header = 0;
  std::memcpy(&header, sample.text().data(), 8);
  CHECK(header % 8 == 0);
}

TEST_CASE("safetensors: files of other programs", "[safetensors]") {
  // Any order in the header, no metadata, no padding, other types.
  const auto file = SafetensorsFile::parse(to_bytes(file_text(two_tensors("[8,16]", "[0,8]"), 16)), "memory");
  REQUIRE(file.tensors().size() == 2);
  CHECK(file.tensors()[0].name == "b");
  CHECK(file.tensors()[1].name == "a");
  CHECK(refusal(file_text(one_tensor("[2]", "[0,4]", "BF16"), 4)).empty());
  CHECK(refusal(file_text(one_tensor("[]", "[0,4]"), 4)).empty());
  CHECK(refusal(file_text(one_tensor("[0]", "[0,0]"), 0)).empty());
}

TEST_CASE("safetensors: wrong headers are refused with a sentence", "[safetensors]") {
  struct Case {
    std::string header;
    std::size_t data_size;
    std::string sentence;
  };
  const std::string w = R"("w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const std::vector<Case> cases{
      {"", 0, "does not begin with '{'"},
      {"[]", 0, "does not begin with '{'"},
      {"\xef\xbb\xbf{}", 0, "does not begin with '{'"},
      {"{\"w\":", 0, "is not valid JSON (byte 6)"},
      {"{}{}", 0, "is not valid JSON"},
      {"{\"\xff\":1}", 0, "is not valid JSON"},
      {std::string("{}\0{", 4), 0, "has a zero byte"},
      {"{" + w + "," + w + "}", 8, "has the key 'w' twice"},
      {R"({"w":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}})", 8, "the key 'dtype' twice"},
      {R"({"__metadata__":{"k":"1","k":"2"}})", 0, "has the key 'k' twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", 0, "has the key '__metadata__' twice"},
      {R"({"__metadata__":[]})", 0, "'__metadata__' is not an object"},
      {R"({"__metadata__":{"k":1}})", 0, "the metadata 'k' is not a text"},
      {R"({"w":[[[1]]]})", 0, "nested more than 3 levels deep"},
      {std::string("{\"w\":") + std::string(1'000'000, '['), 0, "nested more than 3 levels deep"},
      {R"({"w":1})", 0, "tensor 'w' is described by something that is not an object"},
      {R"({"w":{"shape":[2],"data_offsets":[0,8]}})", 8, "tensor 'w' has no 'dtype'"},
      {R"({"w":{"dtype":"F32","data_offsets":[0,8]}})", 8, "tensor 'w' has no 'shape'"},
      {R"({"w":{"dtype":"F32","shape":[2]}})", 8, "tensor 'w' has no 'data_offsets'"},
      {R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"scale":1}})", 8,
       "field 'scale' that is unknown"},
      {one_tensor("[2]", "[0,8]", "F31"), 8, "unknown dtype 'F31'"},
      {R"({"w":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})", 8, "'dtype' that is not a text"},
      {one_tensor("2", "[0,8]"), 8, "'shape' that is not a list"},
      {one_tensor("[-2]", "[0,8]"), 8, "a negative number in 'shape'"},
      {one_tensor("[2.0]", "[0,8]"), 8, "a fraction or a number beyond 64 bits in 'shape'"},
      {one_tensor("[99999999999999999999]", "[0,8]"), 8, "a fraction or a number beyond 64 bits in 'shape'"},
      {one_tensor("[1e999]", "[0,8]"), 8, "a number that no computer type can hold"},
      {one_tensor("[18446744073709551615]", "[0,8]"), 8, "a number beyond 63 bits in 'shape'"},
      {one_tensor("[\"2\"]", "[0,8]"), 8, "something in 'shape' that is not a number"},
      {one_tensor("[4611686018427387904,4]", "[0,0]"), 0, "a shape whose size overflows 64 bits"},
      {one_tensor("[2147483649,2147483649,2]", "[0,8]"), 8, "a shape whose size overflows 64 bits"},
      {one_tensor("[3]", "[0,8]"), 8, "has 8 bytes of data, but its shape and dtype need 12"},
      {one_tensor("[2]", "8"), 8, "'data_offsets' that are not a list of 2 numbers"},
      {one_tensor("[2]", "[0,8,8]"), 8, "'data_offsets' that are not a list of 2 numbers"},
      {one_tensor("[2]", "[-8,0]"), 8, "a negative number in 'data_offsets'"},
      {one_tensor("[2]", "[8,0]"), 8, "offsets out of order (bytes 8 to 0)"},
      {one_tensor("[2]", "[0,8]"), 7, "past the end of the file, which holds 7 bytes of data"},
      {one_tensor("[2]", "[9223372036854775800,9223372036854775807]"), 8, "past the end of the file"},
      {one_tensor("[2]", "[0,8]"), 9, "the last 1 bytes belong to no tensor"},
      {one_tensor("[2]", "[1,9]"), 9, "tensor 'w' leaves a hole before its data (bytes 0 to 1)"},
      {two_tensors("[0,8]", "[4,12]"), 12, "tensor 'b' overlaps the data of another tensor at byte 4"},
      {two_tensors("[0,8]", "[0,8]"), 8, "overlaps the data of another tensor at byte 0"},
      {two_tensors("[0,8]", "[12,20]"), 20, "tensor 'b' leaves a hole before its data (bytes 8 to 12)"},
  };
  for (const Case& item : cases) {
    INFO(item.header.substr(0, 200));
    const std::string sentence = refusal(file_text(item.header, item.data_size));
    CHECK_THAT(sentence, Catch::StartsWith("'some.safetensors': ") && Contains(item.sentence));
    CHECK_THAT(sentence, Contains("; ") && Catch::EndsWith("."));
  }
}

TEST_CASE("safetensors: a name that is long or hostile does not spoil the sentence", "[safetensors]") {
  const std::string name(5000, 'n');
  CHECK(refusal(file_text("{\"" + name + "\":1}", 0)).size() < 400);
  CHECK_THAT(refusal(file_text(R"({"\u001b[2J":1})", 0)), Contains("tensor '?[2J'"));
}

TEST_CASE("safetensors: wrong lengths are refused with a sentence", "[safetensors]") {
  CHECK_THAT(refusal(""), Contains("the file has 0 bytes, too few for its header length"));
  CHECK_THAT(refusal("1234567"), Contains("the file has 7 bytes"));
  CHECK_THAT(refusal(length_prefix(3) + "{}"), Contains("claims 3 bytes, but the file has only 2"));
  CHECK_THAT(refusal(length_prefix(100'000'000) + "{}"), Contains("the file has only 2"));
  CHECK_THAT(refusal(length_prefix(100'000'001) + "{}"), Contains("more than the limit of 100 MB"));
  CHECK_THAT(refusal(length_prefix(~std::uint64_t{0}) + "{}"), Contains("more than the limit of 100 MB"));
}

TEST_CASE("safetensors: a file cut anywhere is refused", "[safetensors]") {
  const std::string whole = Sample().text();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(refusal(std::string_view(whole).substr(0, size)).empty());
  }
  CHECK_FALSE(refusal(whole + "x").empty());
}

TEST_CASE("safetensors: any flipped bit of the data is refused", "[safetensors]") {
  std::string text = Sample().text();
  const std::size_t data = text.size() - (24 + 8 + 3);
  for (std::size_t bit = 8 * data; bit < 8 * text.size(); ++bit) {
    const auto mask = static_cast<char>(1U << (bit % 8));
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ mask);
    CHECK_THAT(refusal(text), Contains("the data have the checksum"));
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ mask);
  }
  CHECK_THAT(refusal(file_text(R"({"__metadata__":{"etch.crc32":"0"}})", 0)),
             Contains("checksum 00000000, but etch.crc32 says '0'"));
}

namespace {

// Deterministic on every machine: std::mt19937 is, the distributions of the standard library are not.
class Mutator {
 public:
  std::string operator()(std::string text) {
    for (std::size_t i = 0, count = 1 + below(3); i < count; ++i) mutate(text);
    // An honest length lets the mutation reach the checks behind it.
    if (text.size() > 8 && below(2) == 0) {
      const auto brace = text.find("}}", 8);
      const auto size = brace == std::string::npos ? text.size() - 8 : text.rfind("}}") + 2 - 8;
      text.replace(0, 8, length_prefix(size));
    }
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void mutate(std::string& text) {
    if (text.empty()) return;
    static constexpr std::string_view tokens = "0123456789-.eE[]{},:\"\\ FIU";
    const std::size_t at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ static_cast<char>(1U << below(8)));
        break;
      case 1:
        text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text[at] = tokens[below(tokens.size())];
        break;
      case 3:
        text.erase(at, 1 + below(12));
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), 1 + below(40)));
        break;
      default:
        text.insert(at, 1, tokens[below(tokens.size())]);
        break;
    }
  }

  std::mt19937 random_{20240607};
};

}  // namespace

TEST_CASE("safetensors: random damage never gives something inconsistent", "[safetensors]") {
  const std::string valid = Sample().text();
  const std::string unchecked = file_text(two_tensors("[8,16]", "[0,8]"), 16);
  Mutator mutate;
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = mutate(i % 2 == 0 ? valid : unchecked);
    INFO("mutation " << i);
    try {
      const auto file = SafetensorsFile::parse(to_bytes(text), "mutated");
      ++accepted;
      REQUIRE(is_consistent(file));
    } catch (const etch::Error& error) {
      REQUIRE_THAT(error.what(), Catch::StartsWith("'mutated': ") && Catch::EndsWith("."));
    }
  }
  // Renamed tensors and the like are fine; most damage is not.
  CHECK(accepted > 50);
  CHECK(accepted < 1500);
}

TEST_CASE("safetensors: wrong paths are refused with a sentence", "[safetensors]") {
  const Folder folder;
  CHECK_THAT(error_of([&] { SafetensorsFile::read(folder / "absent"); }), Contains("No such file"));
  CHECK_THAT(error_of([&] { SafetensorsFile::read(folder / std::string(200, 'n')); }),
             Contains(std::string(200, 'n') + "': "));
  CHECK_THAT(error_of([&] { SafetensorsFile::read(folder.path()); }), Contains("not a regular file"));
  CHECK_THAT(error_of([&] { SafetensorsFile::read("/dev/zero"); }), Contains("not a regular file"));
  CHECK_THAT(error_of([&] { etch::host::write_safetensors_file(folder.path(), {}); }),
             Contains("not a regular file, so it is not replaced"));
  CHECK_THAT(error_of([&] { etch::host::write_safetensors_file(folder / "no/such/folder", {}); }),
             Contains("cannot make a file in its folder (No such file or directory)"));
  store(folder / "huge", length_prefix(2) + "{}");
  fs::resize_file(folder / "huge", std::uintmax_t{1} << 40);
  CHECK_THAT(error_of([&] { SafetensorsFile::read(folder / "huge"); }), Contains("belong to no tensor"));
}

TEST_CASE("safetensors: wrong entries are refused before anything is written", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  store(path, "old");
  const std::array<float, 2> values{};
  const std::array<int, 1> shape{2};
  const std::array<int, 1> other{3};
  const std::array<int, 1> negative{-2};
  const auto data = std::as_bytes(std::span(values));
  const auto sentence = [&](std::vector<TensorEntry> tensors, std::vector<MetadataEntry> metadata = {}) {
    return error_of([&] { etch::host::write_safetensors_file(path, tensors, metadata); });
  };
  CHECK_THAT(sentence({{"w", "F31", shape, data}}), Contains("tensor 'w' has the unknown dtype 'F31'"));
  CHECK_THAT(sentence({{"w", nullptr, shape, data}}), Contains("unknown dtype ''"));
  CHECK_THAT(sentence({{"w", "F32", other, data}}),
             Contains("8 bytes of data, but its shape and dtype need 12"));
  CHECK_THAT(sentence({{"w", "F32", negative, data}}), Contains("negative number in its shape"));
  CHECK_THAT(sentence({{"__metadata__", "F32", shape, data}}), Contains("reserves"));
  CHECK_THAT(sentence({{"\xff", "F32", shape, data}}), Contains("is not UTF-8"));
  CHECK_THAT(sentence({{"w", "F32", shape, data}, {"w", "F32", shape, data}}), Contains("the name 'w'"));
  CHECK_THAT(sentence({}, {{"k", "\xc3"}}), Contains("is not UTF-8"));
  CHECK_THAT(sentence({}, {{"k", "1"}, {"k", "2"}}), Contains("the metadata key 'k' is there twice"));
  CHECK_THAT(sentence({}, {{"etch.crc32", "1"}}), Contains("the metadata key 'etch.crc32' is there twice"));
  CHECK(fetch(path) == "old");
  CHECK(folder.count() == 1);
}

namespace {

// Files may not grow beyond `bytes` while this lives: as on a full disk, writing fails midway.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit old_{};
  void (*signal_)(int);
};

// Root may write everywhere: permissions are tested as nobody.
class Unprivileged {
 public:
  Unprivileged() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) throw std::runtime_error("seteuid failed");
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool was_root_;
};

}  // namespace

TEST_CASE("safetensors: a write that fails midway leaves the old file", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  const Sample sample;
  store(path, "old");
  const auto half = to_bytes("half of the new file");

  SECTION("the writer gives up") {
    const auto write = [&](const etch::host::ByteSink& sink) { return sink(half) && false; };
    CHECK_THAT(error_of([&] { etch::host::replace_file(path, write); }), Contains("not written to its end"));
  }
  SECTION("the writer throws") {
    const auto write = [&](const etch::host::ByteSink& sink) -> bool {
      sink(half);
      throw std::logic_error("stop");
    };
    CHECK_THROWS_AS(etch::host::replace_file(path, write), std::logic_error);
  }
  SECTION("the disk is full") {
    for (const unsigned limit : {0U, 10U, 100U, 200U, 300U, 370U}) {
      const FileSizeLimit full(limit);
      CHECK_THAT(error_of([&] { etch::host::write_safetensors_file(path, sample.entries()); }),
                 Contains("writing failed (File too large)") && Contains("is unchanged"));
    }
  }
  CHECK(fetch(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("safetensors: a program that dies midway leaves the old file", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  store(path, "old");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    etch::host::replace_file(path, [](const etch::host::ByteSink& sink) -> bool {
      sink(to_bytes("half of the new file"));
      ::_exit(7);
    });
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(fetch(path) == "old");
  const Sample sample;
  etch::host::write_safetensors_file(path, sample.entries(), Sample::metadata());
  check_sample(SafetensorsFile::read(path), sample);
}

TEST_CASE("safetensors: a folder that is read only gives an error", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  store(path, "old");
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                     fs::perms::others_exec);
  {
    const Unprivileged user;
    CHECK_THAT(error_of([&] { etch::host::write_safetensors_file(path, {}); }),
               Contains("cannot make a file in its folder (Permission denied)"));
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
  CHECK(fetch(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("safetensors: a file that is replaced keeps its link and permissions", "[safetensors]") {
  const Folder folder;
  const auto path = folder / "model.safetensors";
  const auto link = folder / "latest.safetensors";
  store(path, "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("model.safetensors", link);
  const Sample sample;
  etch::host::write_safetensors_file(link, sample.entries(), Sample::metadata());
  CHECK(fs::is_symlink(link));
  check_sample(SafetensorsFile::read(path), sample);
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(folder.count() == 2);
}

TEST_CASE("safetensors: Python reads the file", "[safetensors]") {
  if (std::system("python3 -c pass > /dev/null 2>&1") != 0) {
    WARN("skipped: there is no python3");
    return;
  }
  const Folder folder;
  const auto path = folder / "model.safetensors";
  etch::host::write_safetensors_file(path, Sample().entries(), Sample::metadata());
  store(folder / "read.py", R"(
import json, struct, sys, zlib
file = open(sys.argv[1], "rb").read()
(size,) = struct.unpack("<Q", file[:8])
header = json.loads(file[8 : 8 + size].decode("utf-8"))
data = file[8 + size :]
assert size % 8 == 0
metadata = header.pop("__metadata__")
assert metadata["etch.crc32"] == "%08x" % zlib.crc32(data), metadata
assert metadata["note"] == "tab\there"
assert list(header) == ["hidden/0/dense/kernel", "optimizer/step", "nothing", "quantized \"\\\n\x1f \u00e9"]
def values(name, code):
    begin, end = header[name]["data_offsets"]
    return struct.unpack("<" + code, data[begin:end])
assert header["hidden/0/dense/kernel"]["shape"] == [2, 3]
assert header["hidden/0/dense/kernel"]["dtype"] == "F32"
assert values("hidden/0/dense/kernel", "6f")[:3] == (1.0, -2.0, 0.5)
assert header["optimizer/step"]["shape"] == []
assert values("optimizer/step", "q") == (-123456789012345,)
assert header["nothing"] == {"dtype": "I32", "shape": [0, 7], "data_offsets": [32, 32]}
assert values("quantized \"\\\n\x1f \u00e9", "3b") == (-128, 0, 127)
)");
  const std::string command = "python3 '" + (folder / "read.py").string() + "' '" + path.string() + "'";
  CHECK(std::system(command.c_str()) == 0);
}
