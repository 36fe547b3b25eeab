// SPDX-License-Identifier: BSL-1.0
// Published streaming models: what they give, call after call, with their states kept.
#include <tests/golden/tflite_material.hpp>

#include <algorithm>

namespace {

using namespace etch;
using namespace etch::golden;
namespace fs = std::filesystem;

/// The outputs of as many calls as there are inputs in a file, one after the other.
class Frames {
 public:
  Frames(const host::ImportedModel& model, const fs::path& inputs)
      : size_(host::ModelSession(model).input_bytes(0)), bytes_(bytes_of_file(inputs)) {}
  std::size_t count() const { return bytes_.size() / size_; }
  std::span<const std::byte> operator[](std::size_t i) const {
    return std::span(bytes_).subspan(i * size_, size_);
  }

 private:
  std::size_t size_;
  std::vector<std::byte> bytes_;
};

bool gives(host::ModelSession& session, std::span<const std::byte> frame, std::span<const std::byte> all,
           std::size_t i) {
  session.run(frame);
  return std::ranges::equal(session.output(),
                            all.subspan(i * session.output_bytes(0), session.output_bytes(0)));
}

TEST_CASE("dtln_noise_suppression goes on from frame to frame as TensorFlow Lite Micro does", "[golden]") {
  const fs::path models = models_folder();
  if (models.empty()) return;
  const fs::path cases = models.parent_path() / "cases";
  const auto model = host::import_tflite(cases / "dtln_noise_suppression.tflite");
  const Frames frames(model, cases / "dtln.3frames.in.bin");
  const auto expected = bytes_of_file(cases / "dtln.3frames.tflm_state_kept.out.bin");
  REQUIRE(frames.count() == 3);
  host::ModelSession session(model), other(model);
  CHECK(session.state_bytes() == 2 * 128 * (1 + 2));
  for (std::size_t i = 0; i < frames.count(); ++i) {
    INFO("frame " << i);
    CHECK(gives(session, frames[i], expected, i));
    CHECK(gives(other, frames[i], expected, i));  // a session of its own: it shares no state
  }
  for (const std::size_t before : {std::size_t{1}, std::size_t{2}}) {
    session.reset();
    for (std::size_t i = 0; i < before; ++i) session.run(frames[i]);
    session.reset();
    INFO("reset after " << before << " frames");
    for (std::size_t i = 0; i < frames.count(); ++i) CHECK(gives(session, frames[i], expected, i));
  }
  session.reset();
  session.run(frames[1]);
  CHECK_FALSE(std::ranges::equal(
      session.output(), std::span(expected).subspan(session.output_bytes(0), session.output_bytes(0))));
}

}  // namespace
