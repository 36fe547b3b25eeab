// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/integer_state.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/safetensors.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>

namespace etch {

namespace detail {

template <class Trainer>
void read_integer_state(Trainer& trainer, const host::SafetensorsFile& file, const std::string& name) {
  static constexpr const auto& digits = structure_digits<Trainer::declaration>;
  const auto is = [&](const char* key, std::string_view value) {
    const auto found = file.metadata().find(key);
    return found != file.metadata().end() && found->second == value;
  };
  if (!is("etch.graph", {digits.data(), digits.size()}) || !is("etch.optimizer", Trainer::optimizer_name))
    throw Error(name + " is no state of an integer training of this model: load what one wrote");
  const IntegerState<Trainer> state(trainer);
  std::array<std::span<const std::byte>, IntegerState<Trainer>::size_of_all> data;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const TensorEntry entry = state[i];
    const host::Tensor* const found = file.find(entry.name);
    if (!found || found->dtype != entry.dtype || !std::ranges::equal(found->shape, entry.shape))
      throw Error(name + " has no tensor " + std::string(entry.name) + " of this model's type and shape");
    data[i] = file.data(*found);
  }
  std::uint32_t position[3];
  for (std::size_t i = 0; i < 3; ++i) std::memcpy(&position[i], data[i].data(), 4);
  trainer.learning_rate(std::bit_cast<float>(position[2]));
  for (std::size_t i = 3; i < data.size(); ++i)
    std::ranges::copy(data[i], IntegerState<Trainer>::place(trainer, i).begin());
  trainer.resume(position[1], position[0]);
}

}  // namespace detail

/// Loads what `write_integer_state` wrote, on a device too, and goes on from there. Throws `Error`, one
/// sentence, and then has changed nothing.
template <class Trainer>
void load_integer_state(Trainer& trainer, const std::filesystem::path& path) {
  detail::read_integer_state(trainer, host::SafetensorsFile::read(path), path.string());
}
/// The same of bytes in memory; `name` is for the errors.
template <class Trainer>
void load_integer_state(Trainer& trainer, std::span<const std::byte> bytes, const std::string& name) {
  detail::read_integer_state(trainer, host::SafetensorsFile::parse(bytes, name), name);
}

/// Writes the same as a file.
template <class Trainer>
void save_integer_state(Trainer& trainer, const std::filesystem::path& path) {
  static constexpr const auto& digits = detail::structure_digits<Trainer::declaration>;
  trainer.ensure_ready();
  const IntegerState<Trainer> state(trainer);
  std::array<TensorEntry, IntegerState<Trainer>::size_of_all> entries;
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i] = state[i];
  const MetadataEntry metadata[] = {{"etch.graph", {digits.data(), digits.size()}},
                                    {"etch.optimizer", Trainer::optimizer_name}};
  host::write_safetensors_file(path, entries, metadata);
}

}  // namespace etch
