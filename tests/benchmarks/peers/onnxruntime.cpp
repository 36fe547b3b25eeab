// SPDX-License-Identifier: BSL-1.0
#include "tests/benchmarks/peers/onnxruntime.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <runtime/host/error.hpp>
#include <utility>

namespace peers {

namespace {

// What is used of onnxruntime's C API, by its place in the table of functions of version 1. Packages of the
// library come without its header; places in the table never change.
enum class Call : std::size_t {
  get_error_message = 2,
  create_env = 3,
  create_session_from_array = 8,
  run = 9,
  create_session_options = 10,
  set_session_graph_optimization_level = 23,
  set_intra_op_num_threads = 24,
  set_inter_op_num_threads = 25,
  create_tensor_with_data_as_ort_value = 49,
  get_tensor_mutable_data = 51,
  create_cpu_memory_info = 69,
};
struct ApiBase {
  const void* const* (*get_api)(std::uint32_t version);
  const char* (*version)();
};

const void* const* functions() {
  static const void* const* const all = [] {
    const std::string file = onnxruntime_library();
    void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw etch::Error("'" + file + "' is not loaded: " + dlerror());
    const auto base = reinterpret_cast<const ApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
    const void* const* const api = base ? base()->get_api(1) : nullptr;
    if (!api) throw etch::Error("'" + file + "' is no library of onnxruntime");
    return api;
  }();
  return all;
}

template <class... T>
void call(Call which, T... arguments) {
  const auto function = [](Call one) { return functions()[static_cast<std::size_t>(one)]; };
  void* const status = reinterpret_cast<void* (*)(T...)>(const_cast<void*>(function(which)))(arguments...);
  if (!status) return;
  const auto message =
      reinterpret_cast<const char* (*)(void*)>(const_cast<void*>(function(Call::get_error_message)));
  throw etch::Error(std::string("onnxruntime: ") + message(status));
}

void* environment() {
  static void* const one = [] {
    void* made = nullptr;
    constexpr int errors = 3;
    call(Call::create_env, errors, "etch", &made);
    return made;
  }();
  return one;
}

}  // namespace

std::string onnxruntime_library() {
  if (const char* const named = std::getenv("ETCH_ONNXRUNTIME")) return named;
#if defined(ETCH_ONNXRUNTIME)
  return ETCH_ONNXRUNTIME;
#else
  return "";
#endif
}

OnnxSession::OnnxSession(std::span<const std::byte> model, Input type, std::vector<std::int64_t> shape,
                         std::string in, std::string out)
    : in_name_(std::move(in)), out_name_(std::move(out)) {
  void *options = nullptr, *memory = nullptr;
  constexpr int all_of_them = 99, device_allocator = 0, default_memory = 0;
  call(Call::create_session_options, &options);
  call(Call::set_session_graph_optimization_level, options, all_of_them);
  call(Call::set_intra_op_num_threads, options, 1);
  call(Call::set_inter_op_num_threads, options, 1);
  call(Call::create_session_from_array, environment(), static_cast<const void*>(model.data()), model.size(),
       options, &session_);
  std::size_t bytes = type == Input::float32 ? sizeof(float) : 1;
  for (const std::int64_t extent : shape) bytes *= static_cast<std::size_t>(extent);
  input_.resize(bytes);
  call(Call::create_cpu_memory_info, device_allocator, default_memory, &memory);
  call(Call::create_tensor_with_data_as_ort_value, memory, static_cast<void*>(input_.data()), bytes,
       static_cast<const std::int64_t*>(shape.data()), shape.size(), static_cast<int>(type), &in_);
}

const float* OnnxSession::run() {
  const char* const in_names[]{in_name_.c_str()};
  const char* const out_names[]{out_name_.c_str()};
  const void* const in[]{in_};
  call(Call::run, session_, static_cast<void*>(nullptr), static_cast<const char* const*>(in_names),
       static_cast<const void* const*>(in), std::size_t{1}, static_cast<const char* const*>(out_names),
       std::size_t{1}, &out_);
  float* numbers = nullptr;
  call(Call::get_tensor_mutable_data, out_, &numbers);
  return numbers;
}

}  // namespace peers
