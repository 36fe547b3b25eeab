// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <runtime/host/data/drawn_digits.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/file_exists.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>
#include <span>
#include <utility>

// POSIX leaves its declaration to the program.
extern char** environ;

namespace etch::host {
namespace {

namespace fs = std::filesystem;

struct RemoteFile {
  const char* name;
  const char* sha256;
};

constexpr std::array<RemoteFile, 4> files{{
    {"train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
    {"train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
    {"t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
    {"t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
}};

constexpr std::array<const char*, 2> mirrors{
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
};

constexpr std::uint32_t drawn_train_seed = 1;
constexpr std::uint32_t drawn_test_seed = 2;

// An empty variable counts as unset, as in the XDG specification.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::optional<fs::path> cache_folder() {
  const auto cache = environment("XDG_CACHE_HOME");
  if (cache && fs::path(*cache).is_absolute()) return fs::path(*cache) / "etch" / "mnist";
  if (const auto home = environment("HOME")) return fs::path(*home) / ".cache" / "etch" / "mnist";
  return std::nullopt;
}

/// Where a user may have put the files.
std::vector<fs::path> given_folders() {
  std::vector<fs::path> folders;
  if (const auto material = environment("ETCH_MATERIAL"))
    folders.push_back(fs::path(*material) / "data" / "mnist");
  if (const auto data = environment("ETCH_DATA")) {
    folders.emplace_back(*data);
    folders.push_back(fs::path(*data) / "mnist");
  }
  return folders;
}

std::vector<std::string> missing_files(const fs::path& folder) {
  std::vector<std::string> missing;
  for (const RemoteFile& file : files) {
    if (!file_exists(folder / file.name)) missing.emplace_back(file.name);
  }
  return missing;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool holds_mnist(const fs::path& folder) {
  const auto missing = missing_files(folder);
  if (missing.empty()) return true;
  if (missing.size() == files.size()) return false;
  throw Error(folder.string() + " holds only a part of MNIST, without " + join(missing) +
              "; add what is missing or remove the rest");
}

std::vector<std::uint8_t> read_verified(const fs::path& folder, const RemoteFile& file) {
  const fs::path path = folder / file.name;
  std::vector<std::uint8_t> bytes = read_file(path);
  const std::string sha256 = sha256_hex(bytes);
  if (sha256 != file.sha256) {
    throw Error(path.string() + " is not the published MNIST file (its SHA-256 is " + sha256 + ", expected " +
                file.sha256 + "); delete it, or replace it with " + mirrors[0] + file.name);
  }
  return bytes;
}

IdxArray read_array(const fs::path& folder, const RemoteFile& file) {
  const std::string name = (folder / file.name).string();
  return read_idx(gunzip(read_verified(folder, file), name), name);
}

ImageSet read_set(const fs::path& folder, const RemoteFile& images, const RemoteFile& labels) {
  IdxArray image_array = read_array(folder, images);
  IdxArray label_array = read_array(folder, labels);
  return make_image_set(std::move(image_array), std::move(label_array), (folder / images.name).string(),
                        (folder / labels.name).string());
}

Mnist read_folder(const fs::path& folder) {
  return {read_set(folder, files[0], files[1]), read_set(folder, files[2], files[3]),
          "real MNIST from " + folder.string() + " (checksums verified)", true};
}

enum class Outcome { succeeded, failed, not_installed };

Outcome wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return Outcome::failed;
  }
  if (!WIFEXITED(status)) return Outcome::failed;
  constexpr int command_not_found = 127;  // what a posix_spawnp that forks first reports
  if (WEXITSTATUS(status) == command_not_found) return Outcome::not_installed;
  return WEXITSTATUS(status) == 0 ? Outcome::succeeded : Outcome::failed;
}

/// Runs a program without a shell, so that no path needs quoting, and without its output.
Outcome run(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return Outcome::failed;
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
  }
  pid_t process = 0;
  const int error = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return Outcome::not_installed;
  return error == 0 ? wait_for(process) : Outcome::failed;
}

Outcome fetch(const std::string& url, const fs::path& target) {
  // A stalled transfer ends after 10 s; a slow one that moves may take its time.
  const Outcome outcome =
      run({"curl", "--fail", "--location", "--silent", "--connect-timeout", "3", "--speed-limit", "1000",
           "--speed-time", "10", "--output", target.string(), url});
  if (outcome != Outcome::not_installed) return outcome;
  return run({"wget", "--quiet", "--tries=1", "--connect-timeout=3", "--dns-timeout=3", "--read-timeout=10",
              "--output-document=" + target.string(), url});
}

bool has_checksum(const fs::path& path, const RemoteFile& file) {
  return file_exists(path) && sha256_hex(read_file(path)) == file.sha256;
}

/// The file appears under its name whole and verified, or not at all.
bool download_file(const fs::path& folder, const RemoteFile& file) {
  std::error_code error;
  const fs::path partial = folder / (std::string(file.name) + ".part" + std::to_string(getpid()));
  for (const std::string mirror : mirrors) {
    const bool fetched =
        fetch(mirror + file.name, partial) == Outcome::succeeded && has_checksum(partial, file);
    if (fetched) fs::rename(partial, folder / file.name, error);
    if (fetched && !error) return true;
    fs::remove(partial, error);
  }
  return false;
}

bool download(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return false;
  return std::all_of(files.begin(), files.end(), [&](const RemoteFile& file) {
    return file_exists(folder / file.name) || download_file(folder, file);
  });
}

bool may_download(const MnistOptions& options) {
  return options.download && environment("ETCH_NO_DOWNLOAD").value_or("0") == "0";
}

Mnist draw(const MnistOptions& options, const std::string& reason) {
  return {draw_digits(options.drawn_train_count, drawn_train_seed),
          draw_digits(options.drawn_test_count, drawn_test_seed),
          "digits drawn by Etch (" + reason + "; not comparable with published accuracies)", false};
}

std::string not_found_in(const std::vector<fs::path>& folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) names.push_back(folder.string());
  return names.empty() ? "no folder to look for MNIST in" : "no MNIST found in " + join(names);
}

/// What to do about MNIST that is not there.
[[noreturn]] void fail_missing(const std::string& reason, const MnistOptions& options) {
  const std::string allow = options.download ? "" : "allow a download, load_mnist({.download = true}), ";
  throw Error("load_mnist: " + reason + "; " + allow + "put " +
              join({files[0].name, files[1].name, files[2].name, files[3].name}) + " from " + mirrors[0] +
              " into a folder that the environment's ETCH_DATA names, or ask for digits "
              "that Etch draws, load_mnist({.draw_if_missing = true})");
}

[[noreturn]] void fail_set(std::string_view name, const std::string& what) {
  throw Error(std::string(name) + " " + what + "; use the images and labels of one set");
}

}  // namespace

ImageSet make_image_set(IdxArray images, IdxArray labels, std::string_view images_name,
                        std::string_view labels_name) {
  if (images.shape.size() != 3) {
    fail_set(images_name, "has " + std::to_string(images.shape.size()) + " dimensions, images have 3");
  }
  if (labels.shape.size() != 1) {
    fail_set(labels_name, "has " + std::to_string(labels.shape.size()) + " dimensions, labels have 1");
  }
  if (images.shape[0] != labels.shape[0]) {
    fail_set(images_name, "holds " + std::to_string(images.shape[0]) + " images, but " +
                              std::string(labels_name) + " " + std::to_string(labels.shape[0]) + " labels");
  }
  const auto wrong =
      std::find_if(labels.data.begin(), labels.data.end(), [](int label) { return label > 9; });
  if (wrong != labels.data.end()) {
    fail_set(labels_name, "has the label " + std::to_string(*wrong) + " at index " +
                              std::to_string(wrong - labels.data.begin()) + ", digits are 0 to 9");
  }
  return {images.shape[1], images.shape[2], std::move(images.data), std::move(labels.data)};
}

Mnist load_mnist(const MnistOptions& options) {
  std::vector<fs::path> folders = given_folders();
  for (const fs::path& folder : folders) {
    if (holds_mnist(folder)) return read_folder(folder);
  }
  const auto cache = cache_folder();
  const bool wanted = may_download(options);
  if (cache) {
    // A part of MNIST in the cache is an interrupted download, not a user's mistake.
    if (missing_files(*cache).empty() || (wanted && download(*cache))) return read_folder(*cache);
    folders.push_back(*cache);
  }
  const std::string attempt = wanted && cache ? ", downloading it failed" : ", not downloaded";
  const std::string reason = not_found_in(folders) + attempt;
  if (!options.draw_if_missing) fail_missing(reason, options);
  return draw(options, reason);
}

}  // namespace etch::host
