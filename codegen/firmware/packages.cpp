// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/caller_text.hpp>
#include <codegen/firmware/package_files.hpp>
#include <codegen/firmware/packages.hpp>
#include <codegen/firmware/ready_libraries.hpp>
#include <codegen/firmware/text_files.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <regex>
#include <string_view>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

/// An ecosystem, and what there is to do with a package of it.
struct PackageKind {
  const char* name;
  bool ready;  ///< has libraries, since its compilers are not told C++20
  const char* then;
};

constexpr PackageKind kinds[]{
    {"cmake", false,
     "a package of CMake: add_subdirectory, or install it and find_package(@name@); link @name@::@name@"},
    {"arduino", true,
     "a library of Arduino for @cores@: put the folder into your sketchbook's libraries and open the example "
     "selftest"},
    {"platformio", true,
     "a library of PlatformIO for @cores@: lib_deps = symlink://<this folder> in platformio.ini"},
    {"zephyr", false, "a module of Zephyr: west build -b <board> <this folder>/samples/selftest"},
    {"esp-idf", false,
     "a component of ESP-IDF: put the folder into a project's components, or build examples/selftest"},
    {"cmsis-pack", false,
     "a CMSIS-Pack: cpackget add @vendor@.@name@.pdsc; README.md has the compiler's flags"},
};

const PackageKind& package_kind(const std::string& name) {
  const auto* const found =
      std::ranges::find(kinds, name, [](const PackageKind& kind) { return std::string(kind.name); });
  if (found == std::end(kinds)) throw Error("there is no package for '" + name + "'");
  return *found;
}

void check(const std::string& text, const char* pattern, const std::string& sentence) {
  if (!std::regex_match(text, std::regex(pattern))) throw Error("\"" + text + "\" " + sentence);
}

/// What several packages have a file around.
std::string shared_text(const std::string& path) {
  const auto files = package_files();
  const auto found = std::ranges::find_if(files, [&](const PackageFile& file) {
    return std::string_view(file.kind) == "shared" && file.path == path;
  });
  std::string text = found->text;
  text.pop_back();  // the line ends in the file that it stands in
  return text;
}

/// What the files of a package say, filled in.
class Texts {
 public:
  Texts(const BundleOptions& bundle, const PackageOptions& options, std::string cores)
      : bundle_(bundle), options_(options), cores_(std::move(cores)) {
    const std::size_t mail = options.author.find(" <");
    name_ = options.author.substr(0, mail);
    mail_ = options.author.substr(mail + 2, options.author.size() - mail - 3);
    for (const char c : name_)
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) vendor_ += c;
    if (vendor_.empty()) vendor_ = "Unnamed";
  }

  std::string operator()(std::string text) const {
    const auto fill = [&](const char* what, const std::string& by) {
      text = replaced(std::move(text), what, by);
    };
    fill("@SKETCH@", shared_text("sketch"));
    text = fill_in_caller(std::move(text), bundle_.ends, bundle_.states, bundle_.blob);
    const std::string& license = options_.license;
    fill("@license_json@", license.empty() ? "" : "  \"license\": \"" + license + "\",\n");
    fill("@license_yaml@", license.empty() ? "" : "license: \"" + license + "\"\n");
    fill("@license_xml@", license.empty() ? ""
                                          : "      <license name=\"README.md\" title=\"The model\" spdx=\"" +
                                                license + "\"/>\n");
    fill("@author@", options_.author);
    fill("@vendor@", vendor_);
    fill("@author_name@", name_);
    fill("@author_mail@", mail_);
    fill("@url@", options_.url.empty() ? "https://example.com/@name@" : options_.url);
    fill("@version@", options_.version);
    fill("@cores@", cores_);
    fill("@NAME@", capitals(bundle_.name));
    fill("@name@", bundle_.name);
    return text;
  }

 private:
  const BundleOptions& bundle_;
  const PackageOptions& options_;
  std::string cores_, name_, mail_, vendor_;
};

}  // namespace

std::vector<std::string> package_kinds() {
  std::vector<std::string> names;
  for (const PackageKind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

void check_package(const PackageOptions& options, const std::string& name) {
  package_kind(options.kind);
  check(options.version, "(0|[1-9][0-9]{0,8})(\\.(0|[1-9][0-9]{0,8})){2}",
        "is no version of a package: three numbers are, as 1.0.0");
  check(options.author,
        "[^<>&\"\\\\=\\x01-\\x1f\\x7f]*[^<>&\"\\\\= \\x01-\\x1f\\x7f] <[A-Za-z0-9.+_-]+@[A-Za-z0-9.-]+>",
        "is no author of a package: a name and a mail address are, as \"Ada Lovelace <ada@example.com>\"");
  if (!options.url.empty())
    check(options.url, "https?://[A-Za-z0-9._~:/?#@!$()*+,;=%-]+",
          "is no address of a package: one that begins with https:// is, without spaces, quotes and &");
  if (!options.license.empty())
    check(options.license, "[A-Za-z0-9.+()-]+( [A-Za-z0-9.+()-]+)*",
          "is no license of a package: an expression of SPDX is, as MIT or Apache-2.0");
  if (options.kind != "cmake")
    check(
        name, "[A-Za-z][A-Za-z0-9_]{1,31}",
        "cannot be the name of a package: a letter has to be first, and 2 to 32 letters, digits and _ in it; "
        "--name gives another");
  if (options.kind == "arduino" && capitals(name).starts_with("ARDUINO"))
    throw Error("\"" + name +
                "\" cannot be the name of a library of Arduino, whose own begin so; --name gives another");
}

fs::path package_sources(const fs::path& folder, const std::string& kind) {
  return !kind.empty() && package_kind(kind).ready ? folder / "extras/source" : folder;
}

kernels::KernelSets package_kernels(const std::string& kind, const std::string& board) {
  if (kind.empty() || kind == "cmake" || folder_of(board) != "desktop") return kernels_of(board);
  return kernels::board_sets;
}

std::string write_package(const BundleOptions& bundle, const PackageOptions& options,
                          const fs::path& folder) {
  const PackageKind& kind = package_kind(options.kind);
  std::string cores;
  if (kind.ready) {
    cores = make_ready_libraries(bundle, folder / "src");
    for (const std::string& file : {bundle.name + ".h", bundle.name + "_selftest.c"})
      take_file(bundle.folder / file, folder / "src" / file);
    take_file(bundle.folder / "LICENSE.txt", folder / "LICENSE.txt");
  }
  const Texts filled(bundle, options, cores);
  for (const PackageFile& file : package_files())
    if (file.kind == options.kind) write_text(folder / filled(file.path), filled(file.text));
  return filled(kind.then);
}

}  // namespace etch::host
