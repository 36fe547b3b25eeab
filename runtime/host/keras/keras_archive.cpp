// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/keras/keras_archive.hpp>

#ifdef ETCH_HAS_LIBZIP
#include <zip.h>

#include <memory>

namespace etch::host {
namespace {

/// Weights of trained models do not pack so well, and a JSON text of this length does not either.
constexpr std::uint64_t most_ratio = 100, most_bytes = std::uint64_t{256} << 20, small = 1 << 20;

class Archive {
 public:
  Archive(std::span<const std::byte> file, const std::string& name)
      : name_(name), zip_(nullptr, zip_discard) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
    zip_t* opened = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
    if (source && !opened) zip_source_free(source);
    zip_error_fini(&error);
    if (!opened) refuse(name_, "it is a damaged zip archive", save_model_again);
    zip_.reset(opened);
  }

  bool has(const char* member) const { return zip_name_locate(zip_.get(), member, 0) >= 0; }

  /// The bytes of a member, which has to be there.
  template <class Bytes>
  Bytes read(const char* member) const {
    zip_stat_t stat;
    constexpr zip_uint64_t asked = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_INDEX;
    if (zip_stat(zip_.get(), member, 0, &stat) != 0 || (stat.valid & asked) != asked) damaged(member);
    if (stat.size > most_bytes || (stat.size > small && stat.size / most_ratio > stat.comp_size))
      refuse(name_,
             "its " + in_quotes(member) + " says that it unpacks to " + std::to_string(stat.size) +
                 " bytes from " + std::to_string(stat.comp_size) +
                 ", and 268,435,456 are read at most, a hundred times what is packed",
             "take the file from a source that you trust");
    Bytes bytes;
    bytes.resize(static_cast<std::size_t>(stat.size));
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> opened(zip_fopen_index(zip_.get(), stat.index, 0),
                                                                   zip_fclose);
    if (!opened || zip_fread(opened.get(), bytes.data(), bytes.size()) != static_cast<zip_int64_t>(stat.size))
      damaged(member);
    char beyond = 0;  // at the end the library compares checksums
    if (zip_fread(opened.get(), &beyond, 1) != 0) damaged(member);
    return bytes;
  }

 private:
  [[noreturn]] void damaged(const char* member) const {
    refuse(name_, "its " + in_quotes(member) + " is damaged", save_model_again);
  }

  const std::string& name_;
  std::unique_ptr<zip_t, void (*)(zip_t*)> zip_;
};

}  // namespace

KerasArchive read_keras_archive(std::span<const std::byte> file, const std::string& name) {
  const Archive archive(file, name);
  if (!archive.has("config.json") || !archive.has("metadata.json"))
    refuse(name, "it is a zip archive, but none that Keras wrote (config.json or metadata.json is missing)",
           "give a .keras or .h5 file");
  KerasArchive result;
  result.metadata = archive.read<std::string>("metadata.json");
  result.config = archive.read<std::string>("config.json");
  using Bytes = std::vector<std::byte>;
  if (archive.has("model.weights.json"))
    refuse(name, "its weights lie in several files (sharded)", "save the model without max_shard_size");
  result.npz = !archive.has("model.weights.h5") && archive.has("model.weights.npz");
  if (result.npz) result.weights = archive.read<Bytes>("model.weights.npz");
  if (archive.has("model.weights.h5")) result.weights = archive.read<Bytes>("model.weights.h5");
  return result;
}

}  // namespace etch::host

#else

namespace etch::host {

KerasArchive read_keras_archive(std::span<const std::byte>, const std::string& name) {
  refuse(name, "it is a zip archive, and this build of Etch is without libzip",
         "install libzip-dev and build Etch again, or save the model as .h5");
}

}  // namespace etch::host

#endif
