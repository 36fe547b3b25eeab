// SPDX-License-Identifier: BSL-1.0
// Runs a model's emitted code with every value in memory of its own, and compares with the interpreter's
// bytes: the program's argument is what export_apart wrote of them.
#include "apart_model.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>

namespace {

using namespace etch::fuzz;

/// Memory as the model's context wants it, and at least one byte.
struct Block {
  explicit Block(std::size_t bytes) : data(new (std::align_val_t{16}) std::byte[bytes + 1]{}) {}
  ~Block() { ::operator delete[](data, std::align_val_t{16}); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  std::byte* data;
};

/// A buffer of the caller, of its exact size.
struct Buffers {
  explicit Buffers(const std::vector<std::size_t>& sizes) {
    for (const std::size_t bytes : sizes) {
      owned.emplace_back(new std::byte[bytes]);
      pointers.push_back(owned.back().get());
    }
  }
  std::vector<std::unique_ptr<std::byte[]>> owned;
  std::vector<void*> pointers;
};

#ifdef MODEL_STATE_BYTES
int init(model_context& context, Block& arena, Block& states) {
  return model_init(&context, arena.data, MODEL_ARENA_BYTES, states.data, MODEL_STATE_BYTES);
}
constexpr int state_bytes = MODEL_STATE_BYTES;
#else
int init(model_context& context, Block& arena, Block&) {
  return model_init(&context, arena.data, MODEL_ARENA_BYTES);
}
constexpr int state_bytes = 0;
#endif

/// \return how many bytes of the results differ from the file's; -1 where it ends early.
int differing(std::ifstream& file, model_context& context) {
  int count = 0;
  Buffers in(input_bytes), out(output_bytes);
  for (std::size_t k = 0; k < input_bytes.size(); ++k)
    file.read(static_cast<char*>(in.pointers[k]), static_cast<std::streamsize>(input_bytes[k]));
  if (predict(&context, in.pointers.data(), out.pointers.data()) != MODEL_OK) return -1;
  for (std::size_t k = 0; k < output_bytes.size(); ++k) {
    std::vector<char> expected(output_bytes[k]);
    file.read(expected.data(), static_cast<std::streamsize>(expected.size()));
    const auto* result = static_cast<const char*>(out.pointers[k]);
    for (std::size_t i = 0; i < expected.size(); ++i) count += result[i] != expected[i];
  }
  return file ? count : -1;
}

}  // namespace

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "", std::ios::binary);
  Block arena(MODEL_ARENA_BYTES), states(state_bytes);
  model_context context;
  // The model resets its states as a whole: before they are taken apart.
  if (!file || init(context, arena, states) != MODEL_OK) return std::puts("it cannot begin"), 1;
  const Fenced weights_fence(model_weights, MODEL_WEIGHTS_BYTES, weight_places),
      arena_fence(arena.data, MODEL_ARENA_BYTES, arena_places),
      state_fence(states.data, state_bytes, state_places);
  int samples = 0;
  for (; file.peek() != std::ifstream::traits_type::eof(); ++samples) {
    const int count = differing(file, context);
    if (count != 0) return std::printf("sample %d: %d bytes differ\n", samples, count), 1;
  }
  std::printf("%d samples give the interpreter's bytes\n", samples);
  return samples > 0 ? 0 : 1;
}
