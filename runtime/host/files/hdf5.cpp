// SPDX-License-Identifier: BSL-1.0
#define H5_USE_110_API  // as the oldest library has it that Etch is built with
#include <hdf5.h>

#include <algorithm>
#include <runtime/host/error.hpp>
#include <runtime/host/files/hdf5.hpp>
#include <runtime/host/quoted.hpp>

namespace etch::host {
namespace {

constexpr std::size_t most_depth = 32, most_objects = 65536, most_axes = 8;
constexpr std::uint64_t most_numbers = std::uint64_t{1} << 26, most_texts = std::uint64_t{1} << 20;

/// A handle of the library, closed by its own function.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

class TreeReader {
 public:
  explicit TreeReader(const std::string& name) : name_(name) {}

  Hdf5Tree read(std::span<const std::byte> file) {
    H5Eset_auto(H5E_DEFAULT, nullptr, nullptr);  // messages are ours
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    constexpr std::size_t growth = 1 << 16;
    // The library copies the image, and takes it as what may be written to.
    if (H5Pset_fapl_core(access, growth, false) < 0 ||
        H5Pset_file_image(access, const_cast<std::byte*>(file.data()), file.size()) < 0)
      fail("has no room in memory");
    const Handle opened(H5Fopen("model", H5F_ACC_RDONLY, access), H5Fclose);
    if (opened < 0) fail("is damaged: it is no HDF5 file that can be opened");
    const Handle root(H5Gopen(opened, "/", H5P_DEFAULT), H5Gclose);
    if (root < 0) fail("is damaged: its root cannot be opened");
    group(root, "");
    return std::move(tree_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(in_quotes(name_, name_.size()) + " " + what);
  }
  [[noreturn]] void fail_at(const std::string& path, const std::string& what) const {
    fail("is damaged: " + in_quotes(path) + " " + what);
  }

  using Names = std::vector<std::string>;
  static herr_t note_link(hid_t, const char* name, const H5L_info_t* info, void* names) {
    if (info->type == H5L_TYPE_HARD) static_cast<Names*>(names)->emplace_back(name);
    return 0;
  }
  static herr_t note_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
    static_cast<Names*>(names)->emplace_back(name);
    return 0;
  }

  /// What only training reads.
  static bool is_left_out(const std::string& path) {
    constexpr std::string_view roots[]{"optimizer", "optimizer_weights", "_optimizer", "metrics"};
    return std::ranges::find(roots, path) != std::end(roots);
  }

  void group(hid_t id, const std::string& path) {
    H5O_info_t info{};
    if (H5Oget_info(id, &info) < 0) fail_at(path, "cannot be read");
    if (std::ranges::find(above_, info.addr) != above_.end()) return;  // a group within itself
    if (above_.size() >= most_depth) fail_at(path, "lies in more than 32 groups");
    above_.push_back(info.addr);
    attributes(id, object(path), path);
    Names names;
    hsize_t at = 0;
    if (H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &at, note_link, &names) < 0)
      fail_at(path, "does not say what is in it");
    for (const std::string& name : names) {
      const std::string inner = path.empty() ? name : path + "/" + name;
      if (!is_left_out(inner)) child(id, name, inner);
    }
    above_.pop_back();
  }

  void child(hid_t parent, const std::string& name, const std::string& path) {
    const Handle id(H5Oopen(parent, name.c_str(), H5P_DEFAULT), H5Oclose);
    if (id < 0) fail_at(path, "cannot be opened");
    const H5I_type_t kind = H5Iget_type(id);
    if (kind == H5I_GROUP) group(id, path);
    if (kind != H5I_DATASET) return;
    Hdf5Object& data = object(path);
    attributes(id, data, path);
    data.array = array(id, path);
    if (const auto type = data.text("dtype"); type.size() == 1) data.array->type = type[0];
  }

  /// Paths that a Windows machine wrote are as the others.
  Hdf5Object& object(std::string path) {
    if (tree_.size() >= most_objects) fail("has more than 65,536 groups and arrays");
    std::ranges::replace(path, '\\', '/');
    return tree_[path];
  }

  void attributes(hid_t id, Hdf5Object& object, const std::string& path) {
    Names names;
    hsize_t at = 0;
    if (H5Aiterate(id, H5_INDEX_NAME, H5_ITER_INC, &at, note_attribute, &names) < 0)
      fail_at(path, "has attributes that cannot be read");
    for (const std::string& name : names) {
      if (name == "training_config") continue;
      const Handle attribute(H5Aopen(id, name.c_str(), H5P_DEFAULT), H5Aclose);
      const Handle type(H5Aget_type(attribute), H5Tclose);
      const Handle space(H5Aget_space(attribute), H5Sclose);
      const hssize_t count = H5Sget_simple_extent_npoints(space);
      if (attribute < 0 || type < 0 || space < 0 || count < 0)
        fail_at(path, "has the attribute " + in_quotes(name) + ", which cannot be read");
      if (H5Tget_class(type) != H5T_STRING) continue;
      if (static_cast<std::uint64_t>(count) > most_texts)
        fail_at(path, "has the attribute " + in_quotes(name) + " of more than 1,048,576 texts");
      auto& texts = object.texts[name];
      const bool read = H5Tis_variable_str(type) > 0 ? long_texts(attribute, type, space, count, texts)
                                                     : short_texts(attribute, type, count, texts);
      if (!read) fail_at(path, "has the attribute " + in_quotes(name) + ", which cannot be read");
    }
  }

  static bool long_texts(hid_t attribute, hid_t type, hid_t space, hssize_t count, Names& texts) {
    std::vector<char*> pointers(static_cast<std::size_t>(count));
    if (count > 0 && H5Aread(attribute, type, pointers.data()) < 0) return false;
    for (const char* text : pointers) texts.emplace_back(text ? text : "");
    return count == 0 || H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data()) >= 0;
  }

  static bool short_texts(hid_t attribute, hid_t type, hssize_t count, Names& texts) {
    constexpr std::size_t most_bytes = std::size_t{1} << 28;
    const std::size_t each = H5Tget_size(type), number = static_cast<std::size_t>(count);
    if (each == 0 || number > most_bytes / each) return false;
    std::string all(each * number, '\0');
    if (count > 0 && H5Aread(attribute, type, all.data()) < 0) return false;
    for (std::size_t i = 0; i < number; ++i) {
      std::string text = all.substr(i * each, each);
      text.resize(std::min(text.find('\0'), text.size()));
      texts.push_back(std::move(text));
    }
    return true;
  }

  Hdf5Array array(hid_t id, const std::string& path) {
    const Handle type(H5Dget_type(id), H5Tclose), space(H5Dget_space(id), H5Sclose),
        made(H5Dget_create_plist(id), H5Pclose);
    if (type < 0 || space < 0 || made < 0) fail_at(path, "cannot be read");
    if (H5Pget_external_count(made) != 0 || H5Pget_layout(made) == H5D_VIRTUAL)
      fail("has the array " + in_quotes(path) + ", whose numbers lie in another file");
    Hdf5Array result;
    result.type = type_name(type);
    const int axes = H5Sget_simple_extent_ndims(space);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (axes < 0 || axes > static_cast<int>(most_axes) || count < 0)
      fail_at(path, "has a shape that no array has");
    result.shape.resize(static_cast<std::size_t>(axes));
    std::vector<hsize_t> extents(result.shape.size());
    if (axes > 0 && H5Sget_simple_extent_dims(space, extents.data(), nullptr) < 0)
      fail_at(path, "has a shape that cannot be read");
    std::ranges::copy(extents, result.shape.begin());
    if (result.type.empty()) return result;
    if (static_cast<std::uint64_t>(count) > most_numbers)
      fail("has the array " + in_quotes(path) + " of more than 67,108,864 numbers");
    result.numbers.resize(static_cast<std::size_t>(count));
    if (count > 0 && H5Dread(id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.numbers.data()) < 0)
      fail_at(path, "cannot be read");
    return result;
  }

  /// As NumPy calls it; empty for what is no number.
  static std::string type_name(hid_t type) {
    const H5T_class_t kind = H5Tget_class(type);
    const std::string bits = std::to_string(8 * H5Tget_size(type));
    if (kind == H5T_FLOAT) return "float" + bits;
    if (kind == H5T_INTEGER) return (H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int") + bits;
    return {};
  }

  const std::string& name_;
  Hdf5Tree tree_;
  std::vector<haddr_t> above_;  // the groups that are being read, from the root
};

}  // namespace

Hdf5Tree read_hdf5(std::span<const std::byte> file, const std::string& name) {
  return TreeReader(name).read(file);
}

}  // namespace etch::host
