// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <new>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <runtime/host/files/safetensors_header.hpp>
#include <runtime/host/quoted.hpp>
#include <set>
#include <stdexcept>
#include <utility>

namespace etch::host {

namespace {

using Json = nlohmann::json;

constexpr std::string_view metadata_key = "__metadata__";
// What is wrong with one tensor of one file.
struct Blame {
  const std::string& file;
  const std::string& tensor;

  [[noreturn]] void operator()(const std::string& what,
                               const std::string& advice = save_or_copy_again) const {
    refuse(file, "tensor " + in_quotes(tensor) + " " + what, advice);
  }
};

std::uint64_t unsigned_number(const Json& value, const char* field, const Blame& blame) {
  const std::string text = in_quotes(field);
  if (!value.is_number()) blame("has something in " + text + " that is not a number");
  if (value.is_number_float()) blame("has a fraction or a number beyond 64 bits in " + text);
  if (!value.is_number_unsigned()) blame("has a negative number in " + text);
  const auto number = value.get<std::uint64_t>();
  if (number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    blame("has a number beyond 63 bits in " + text);
  }
  return number;
}

std::vector<std::int64_t> read_shape(const Json& value, const Blame& blame) {
  if (!value.is_array()) blame("has a 'shape' that is not a list");
  std::vector<std::int64_t> shape;
  for (const Json& item : value) {
    shape.push_back(static_cast<std::int64_t>(unsigned_number(item, "shape", blame)));
  }
  return shape;
}

// Product of the shape times the size of an element; SIZE_MAX if that does not fit.
template <class Shape>
std::size_t byte_size(const Shape& shape, std::size_t element) {
  std::size_t bytes = element;
  for (const auto dim : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(dim), &bytes)) {
      return std::numeric_limits<std::size_t>::max();
    }
  }
  return bytes;
}

void check_fields(const Json& value, const Blame& blame) {
  if (!value.is_object()) blame("is described by something that is not an object");
  for (const char* field : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(field)) blame("has no " + in_quotes(field));
  }
  for (const auto& item : value.items()) {
    if (item.key() != "dtype" && item.key() != "shape" && item.key() != "data_offsets") {
      blame("has a field " + in_quotes(item.key()) + " that is unknown", "save it without that field");
    }
  }
}

std::string read_dtype(const Json& value, const Blame& blame) {
  if (!value.is_string()) blame("has a 'dtype' that is not a text");
  const auto& dtype = value.get_ref<const std::string&>();
  if (dtype_size(dtype) == 0) {
    blame("has the unknown dtype " + in_quotes(dtype), "save it as F32, I32, I8 or another known dtype");
  }
  return dtype;
}

void read_offsets(const Json& value, std::size_t data_size, const Blame& blame, Tensor& tensor) {
  if (!value.is_array() || value.size() != 2) blame("has 'data_offsets' that are not a list of 2 numbers");
  tensor.begin = unsigned_number(value[0], "data_offsets", blame);
  tensor.end = unsigned_number(value[1], "data_offsets", blame);
  const std::string range = "bytes " + std::to_string(tensor.begin) + " to " + std::to_string(tensor.end);
  if (tensor.begin > tensor.end) blame("has its offsets out of order (" + range + ")");
  if (tensor.end > data_size) {
    blame("has its data (" + range + ") past the end of the file, which holds " + std::to_string(data_size) +
              " bytes of data",
          "the file is truncated or damaged, so save or copy it again");
  }
}

Tensor read_tensor(const std::string& file, const std::string& name, const Json& value,
                   std::size_t data_size) {
  const Blame blame{file, name};
  check_fields(value, blame);
  Tensor tensor;
  tensor.name = name;
  tensor.dtype = read_dtype(value["dtype"], blame);
  tensor.shape = read_shape(value["shape"], blame);
  read_offsets(value["data_offsets"], data_size, blame, tensor);
  const std::size_t needed = byte_size(tensor.shape, dtype_size(tensor.dtype));
  if (needed == std::numeric_limits<std::size_t>::max()) {
    blame("has a shape whose size overflows 64 bits");
  }
  if (needed != tensor.end - tensor.begin) {
    blame("has " + std::to_string(tensor.end - tensor.begin) +
          " bytes of data, but its shape and dtype need " + std::to_string(needed));
  }
  return tensor;
}

// The data of the tensors must follow each other from the first byte to the last.
void check_cover(const std::string& file, const std::vector<Tensor>& tensors, std::size_t data_size) {
  std::size_t end = 0;
  for (const Tensor& tensor : tensors) {
    const Blame blame{file, tensor.name};
    if (tensor.begin < end)
      blame("overlaps the data of another tensor at byte " + std::to_string(tensor.begin));
    if (tensor.begin > end) {
      blame("leaves a hole before its data (bytes " + std::to_string(end) + " to " +
            std::to_string(tensor.begin) + ")");
    }
    end = tensor.end;
  }
  if (end != data_size) {
    refuse(file, "the last " + std::to_string(data_size - end) + " bytes belong to no tensor",
           save_or_copy_again);
  }
}

std::map<std::string, std::string> read_metadata(const std::string& file, const Json& value) {
  if (!value.is_object()) refuse(file, "'__metadata__' is not an object", save_or_copy_again);
  std::map<std::string, std::string> metadata;
  for (const auto& item : value.items()) {
    if (!item.value().is_string()) {
      refuse(file, "the metadata " + in_quotes(item.key()) + " is not a text", "save it as a text");
    }
    metadata.emplace(item.key(), item.value().get_ref<const std::string&>());
  }
  return metadata;
}

std::vector<Tensor> read_tensors(const std::string& file, const Json& header, std::size_t data_size) {
  std::vector<Tensor> tensors;
  for (const auto& item : header.items()) {
    if (item.key() != metadata_key) tensors.push_back(read_tensor(file, item.key(), item.value(), data_size));
  }
  std::stable_sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_cover(file, tensors, data_size);
  return tensors;
}

void check_crc32(const std::string& file, const std::map<std::string, std::string>& metadata,
                 std::span<const std::byte> data) {
  const auto stored = metadata.find(std::string(safetensors_crc32_key));
  if (stored == metadata.end()) return;
  const std::array<char, 8> digits = hex_digits(crc32(data));
  const std::string computed(digits.data(), digits.size());
  if (stored->second != computed) {
    refuse(file,
           "the data have the checksum " + computed + ", but etch.crc32 says " + in_quotes(stored->second),
           "the data are damaged, so save or copy the file again (or leave etch.crc32 out if another "
           "program changed them on purpose)");
  }
}

std::size_t header_size(const std::string& file, const std::array<std::byte, 8>& prefix,
                        std::uint64_t file_size) {
  std::uint64_t size = 0;
  std::memcpy(&size, prefix.data(), sizeof size);
  if (size > max_safetensors_header) {
    refuse(file, "the header claims " + std::to_string(size) + " bytes, more than the limit of 100 MB",
           save_or_copy_again);
  }
  if (size > file_size - prefix.size()) {
    refuse(file,
           "the header claims " + std::to_string(size) + " bytes, but the file has only " +
               std::to_string(file_size - prefix.size()) + " after its length",
           "the file is truncated or not of this format, so save or copy it again");
  }
  return static_cast<std::size_t>(size);
}

}  // namespace

std::size_t dtype_size(std::string_view dtype) {
  struct Size {
    std::string_view dtype;
    std::size_t bytes;
  };
  static constexpr Size sizes[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
                                   {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},
                                   {"I32", 4},  {"F32", 4}, {"U64", 8}, {"I64", 8},     {"F64", 8}};
  const auto* found = std::ranges::find(sizes, dtype, &Size::dtype);
  return found == std::end(sizes) ? 0 : found->bytes;
}

// Bytes to read from front to back: of a file or in memory.
class SafetensorsFile::Source {
 public:
  Source(std::string name, std::uint64_t size, std::function<bool(std::span<std::byte>)> read)
      : name_(std::move(name)), size_(size), read_(std::move(read)) {}

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  void read(std::span<std::byte> bytes) {
    if (!read_(bytes))
      refuse(name_, "reading failed midway", "check the disk, and that nothing writes to the file");
  }

 private:
  std::string name_;
  std::uint64_t size_;
  std::function<bool(std::span<std::byte>)> read_;
};

SafetensorsFile SafetensorsFile::load(Source& source) {
  const std::string& name = source.name();
  std::array<std::byte, 8> prefix{};
  if (source.size() < prefix.size()) {
    refuse(name, "the file has " + std::to_string(source.size()) + " bytes, too few for its header length",
           "the file is truncated or not of this format, so save or copy it again");
  }
  source.read(prefix);
  std::string text(header_size(name, prefix, source.size()), '\0');
  source.read(std::as_writable_bytes(std::span(text)));
  const std::size_t data_size = static_cast<std::size_t>(source.size()) - prefix.size() - text.size();

  // The header is checked before the data get memory: a wrong file of any size costs nothing.
  SafetensorsFile file;
  const Json header = parse_safetensors_header(name, text);
  if (const auto metadata = header.find(metadata_key); metadata != header.end()) {
    file.metadata_ = read_metadata(name, *metadata);
  }
  file.tensors_ = read_tensors(name, header, data_size);
  for (std::size_t i = 0; i < file.tensors_.size(); ++i) file.index_.emplace(file.tensors_[i].name, i);
  file.data_.resize(data_size);
  source.read(file.data_);
  check_crc32(name, file.metadata_, file.data_);
  return file;
}

SafetensorsFile SafetensorsFile::parse(std::span<const std::byte> bytes, const std::string& name) {
  std::span<const std::byte> rest = bytes;
  Source source(name, bytes.size(), [&rest](std::span<std::byte> out) {
    std::ranges::copy(rest.first(out.size()), out.begin());
    rest = rest.subspan(out.size());
    return true;
  });
  return load(source);
}

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    refuse(name, "the file cannot be opened (" + error.message() + ")", "check the path");
  }
  // A pipe or a device has no size to check the header against.
  if (!std::filesystem::is_regular_file(status)) refuse(name, "this is not a regular file", "check the path");
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) refuse(name, "the file cannot be opened", "check its permissions");
  const auto size = static_cast<std::uint64_t>(stream.tellg());
  stream.seekg(0);
  Source source(name, size, [&stream](std::span<std::byte> out) {
    stream.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    return static_cast<bool>(stream);
  });
  try {
    return load(source);
  } catch (const std::bad_alloc&) {
    refuse(name, "the file is larger than the free memory", "free some memory");
  }
}

const Tensor* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

std::span<const std::byte> SafetensorsFile::data(const Tensor& tensor) const {
  return std::span(data_).subspan(tensor.begin, tensor.end - tensor.begin);
}

namespace {

// The parser of the reader takes no other text.
bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

void check_text(const std::string& file, std::string_view text) {
  if (!is_utf8(text)) refuse(file, "the text " + in_quotes(text) + " is not UTF-8", "write it in UTF-8");
}

void check_entry(const std::string& file, const TensorEntry& entry) {
  check_text(file, entry.name);
  const std::string name(entry.name);
  const Blame blame{file, name};
  if (entry.name == metadata_key) blame("has a name that the format reserves", "choose another name");
  const std::string_view dtype = entry.dtype == nullptr ? std::string_view() : entry.dtype;
  if (dtype_size(dtype) == 0) blame("has the unknown dtype " + in_quotes(dtype), "use F32, I32, I8 or I64");
  if (std::ranges::any_of(entry.shape, [](int dim) { return dim < 0; })) {
    blame("has a negative number in its shape", "give the sizes of its axes");
  }
  const std::size_t needed = byte_size(entry.shape, dtype_size(dtype));
  if (needed != entry.data.size()) {
    blame("has " + std::to_string(entry.data.size()) + " bytes of data, but its shape and dtype need " +
              std::to_string(needed),
          "give all of its data");
  }
}

void check_entries(const std::string& file, std::span<const TensorEntry> tensors,
                   std::span<const MetadataEntry> metadata) {
  std::set<std::string_view> names;
  for (const TensorEntry& entry : tensors) {
    check_entry(file, entry);
    if (!names.insert(entry.name).second) {
      refuse(file, "two tensors have the name " + in_quotes(entry.name), "give each its own");
    }
  }
  std::set<std::string_view> keys{safetensors_crc32_key};
  for (const MetadataEntry& entry : metadata) {
    check_text(file, entry.key);
    check_text(file, entry.value);
    if (!keys.insert(entry.key).second) {
      refuse(file,
             "the metadata key " + in_quotes(entry.key) + " is there twice (etch.crc32 is added by itself)",
             "give each its own");
    }
  }
}

}  // namespace

void write_safetensors_file(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                            std::span<const MetadataEntry> metadata) {
  check_entries(path.string(), tensors, metadata);
  replace_file(path, [&](const ByteSink& sink) { return write_safetensors(sink, tensors, metadata); });
}

}  // namespace etch::host
