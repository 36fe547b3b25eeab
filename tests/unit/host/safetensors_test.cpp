// SPDX-License-Identifier: BSL-1.0
#include "safetensors_sample.hpp"

using namespace safetensors_test;

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
