// SPDX-License-Identifier: BSL-1.0
#include "safetensors_sample.hpp"

#include <random>

using namespace safetensors_test;

namespace {

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
