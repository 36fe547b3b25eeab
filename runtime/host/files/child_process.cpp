// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <new>
#include <optional>
#include <runtime/host/error.hpp>
#include <runtime/host/files/child_process.hpp>

namespace etch::host {
namespace {

/// The first byte of each frame on the pipe; eight bytes of length follow, then what it holds. A child that
/// ends without the last kind of frame did not finish.
enum class Frame : std::uint8_t { data = 1, refused, no_memory, finished };
constexpr std::size_t header_bytes = 9;

void write_all(int pipe, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(pipe, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(1);  // nobody reads any more
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void write_frame(int pipe, Frame frame, std::span<const std::byte> bytes) {
  std::array<std::byte, header_bytes> header{static_cast<std::byte>(frame)};
  const std::uint64_t length = bytes.size();
  std::memcpy(header.data() + 1, &length, sizeof length);
  write_all(pipe, header);
  write_all(pipe, bytes);
}

/// The addresses that this process has already: a limit counts them too.
std::size_t own_addresses() {
  std::ifstream statistics("/proc/self/statm");
  std::size_t pages = 0;
  statistics >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

constexpr bool sanitized() {
#if defined(__SANITIZE_ADDRESS__)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return true;
#endif
#endif
  return false;
}

template <class Kind>
void set_limit(Kind kind, std::size_t most) {
  const rlimit limit{most, most};
  setrlimit(kind, &limit);
}

/// A signal that ends the child is its parent's to report, whoever else listens for it in this program.
void forget_handlers() {
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGINT, SIGTERM, SIGPIPE})
    std::signal(number, SIG_DFL);
}

void be_quiet() {
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing < 0) return;
  dup2(nothing, STDOUT_FILENO);
  dup2(nothing, STDERR_FILENO);
}

[[noreturn]] void run_child(int pipe, const std::function<void(const GiveBytes&)>& work,
                            const ChildLimits& limits) {
  forget_handlers();
  be_quiet();
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_CPU, static_cast<std::size_t>(limits.seconds));
  if (!sanitized()) set_limit(RLIMIT_AS, own_addresses() + limits.bytes);
  try {
    work([pipe](std::span<const std::byte> bytes) { write_frame(pipe, Frame::data, bytes); });
    write_frame(pipe, Frame::finished, {});
  } catch (const std::bad_alloc&) {
    write_frame(pipe, Frame::no_memory, {});
  } catch (const std::exception& mistake) {
    write_frame(pipe, Frame::refused, std::as_bytes(std::span(mistake.what(), std::strlen(mistake.what()))));
  } catch (...) {  // nothing may come out of here: the callers belong to the parent
    _exit(1);
  }
  _exit(0);  // without what the parent wants done at its own end
}

/// What comes over the pipe until it is closed; nothing where that takes longer than `limits` say, or more.
std::optional<std::vector<std::byte>> read_all(int pipe, const ChildLimits& limits) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(limits.seconds);
  std::vector<std::byte> bytes;
  std::array<std::byte, 65536> buffer;
  for (;;) {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waits{pipe, POLLIN, 0};
    const int ready = poll(&waits, 1, static_cast<int>(std::max<std::int64_t>(rest, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    const ssize_t got = read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return bytes;
    if (bytes.size() > limits.bytes) return std::nullopt;
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + got);
  }
}

/// Takes the frames apart. The child may be damaged: nothing of it is trusted.
ChildResult result_of(std::span<const std::byte> stream) {
  ChildResult result;
  result.end = ChildResult::End::crashed;
  while (stream.size() >= header_bytes) {
    const auto kind = static_cast<Frame>(stream[0]);
    std::uint64_t length = 0;
    std::memcpy(&length, stream.data() + 1, sizeof length);
    stream = stream.subspan(header_bytes);
    if (length > stream.size()) return result;
    const auto frame = stream.first(static_cast<std::size_t>(length));
    stream = stream.subspan(frame.size());
    if (kind == Frame::data) {
      result.bytes.insert(result.bytes.end(), frame.begin(), frame.end());
      continue;
    }
    if (kind == Frame::refused)
      result.sentence.assign(reinterpret_cast<const char*>(frame.data()), frame.size());
    result.end = kind == Frame::finished    ? ChildResult::End::finished
                 : kind == Frame::refused   ? ChildResult::End::refused
                 : kind == Frame::no_memory ? ChildResult::End::no_memory
                                            : ChildResult::End::crashed;
    return result;
  }
  return result;
}

void wait_for(pid_t child) {
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

ChildResult run_in_child(const std::function<void(const GiveBytes&)>& work, const ChildLimits& limits) {
  std::array<int, 2> sides{};
  if (pipe2(sides.data(), O_CLOEXEC) != 0)
    throw Error(std::string("a pipe cannot be made (") + std::strerror(errno) + "); close other programs");
  const pid_t child = fork();
  if (child == 0) {
    close(sides[0]);
    run_child(sides[1], work, limits);
  }
  const int reason = errno;
  close(sides[1]);
  if (child < 0) {
    close(sides[0]);
    throw Error(std::string("a child process cannot be made (") + std::strerror(reason) +
                "); close other programs");
  }
  const auto stream = read_all(sides[0], limits);
  close(sides[0]);
  if (!stream) kill(child, SIGKILL);
  wait_for(child);
  if (!stream) return {ChildResult::End::no_time, {}, {}};
  return result_of(*stream);
}

}  // namespace etch::host
