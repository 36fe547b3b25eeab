// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace etch::host {

/// A weight of a model in memory, with what its optimizer keeps for it. All are floats; `data` and each slot
/// have as many as the shape says.
struct ModelTensor {
  std::string_view name;
  std::span<const int> shape;
  std::span<std::byte> data;
  std::array<std::span<std::byte>, 4> slot{};
  std::size_t slots = 0;
  std::span<const int> slot_shape{};  ///< where not all of its channels train; else none
  std::span<const int> shape_of_slots() const { return slot_shape.empty() ? shape : slot_shape; }
};

/// How far a training came: with weights and optimizer slots all that the next step depends on.
struct TrainingPosition {
  std::uint32_t step = 0;
  std::uint32_t seed = 0;
  float learning_rate = -1;  ///< below 0: the optimizer has a schedule, or an older file does not tell
};

/// What a file must agree on with a model.
struct ModelIdentity {
  std::uint64_t graph = 0;     ///< `structure_hash` of the declaration
  std::uint64_t other = 0;     ///< the same by its other numerics, or 0
  std::string_view optimizer;  ///< its name, such as "adam"
  std::string_view text{};     ///< to save: the graph itself, so that tools can read it
};

/// Whether to load what the optimizer keeps, where the file has it.
enum class LoadState { weights_only, with_optimizer };

/// Metadata of a model's file: the structure hash, the graph as text, the weights' names in its order.
inline constexpr const char* graph_key = "etch.graph";
inline constexpr const char* graph_text_key = "etch.graph_text";
inline constexpr const char* order_key = "etch.order";

/// Saves weights by their names; with a position also the optimizer's slots as `optimizer/<name>/0`, `/1`
/// ..., `training/step`, `training/seed` and `training/learning_rate`. A failure leaves the file that was
/// there. Throws `etch::Error`.
void save_model_file(const std::filesystem::path& path, const ModelIdentity& model,
                     std::span<const ModelTensor> tensors, const TrainingPosition* position);

/// Loads a file of the same graph, whatever names its declaration gave; with `weights_only` also one of
/// another graph or program whose arrays have, in their order, the shapes of the model's weights. All of the
/// file is checked before the first byte is written. Weights and state that were trained by the other
/// numerics are taken, and a sentence on stderr says what that means. \return true if the file had the
/// optimizer's state and it was loaded, with `position`. Throws `etch::Error`.
bool load_model_file(const std::filesystem::path& path, const ModelIdentity& model,
                     std::span<const ModelTensor> tensors, LoadState state, TrainingPosition& position);

/// Loads the weights whose name and shape a file of any graph has, for transfer. `before` is called once,
/// when it is sure that something is loaded. \return how many weights were loaded, at least 1. Throws
/// `etch::Error`.
int load_weights_file_by_name(const std::filesystem::path& path, std::span<const ModelTensor> tensors,
                              void (*before)(void*), void* model);

}  // namespace etch::host
