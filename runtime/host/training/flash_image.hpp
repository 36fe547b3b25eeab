// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/stored_training.hpp>
#include <runtime/host/files/file_error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/storage/memory_flash.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// A dump of a device's two slots as a file. With `save` and `load` it becomes a .safetensors file and comes
// from one.
namespace etch {

/// The flash that an image is of.
struct FlashShape {
  std::uint32_t slot_bytes = 0, page_bytes = 0, word_bytes = 0;
};

/// Loads the newest state of a dump: what the device would boot, with what it keeps beside the model, in the
/// order of its commit. Throws `etch::Error` with the reason where there is none.
template <class Model, class... Kept>
void load_flash_image(Model& model, const char* path, const FlashShape& shape, Kept&... kept) {
  std::vector<std::uint8_t> file = host::read_file(path);
  if (file.size() != 2 * std::size_t{shape.slot_bytes})
    host::refuse(path, "it has " + std::to_string(file.size()) + " bytes, not those of two slots",
                 "dump both slots, and give the shape that the device's driver says");
  storage::MemoryFlash flash{std::as_writable_bytes(std::span(file)), shape.page_bytes, shape.word_bytes};
  StoredTraining<storage::MemoryFlash, Model> store(flash, model);
  if (const storage::Boot found = store.boot(kept...); found != storage::Boot::loaded)
    host::refuse(path, storage::sentence(found), "the model and what it keeps must be those of the device");
}

/// Writes the image of a flash that holds this state alone, for a device to boot from. Throws `etch::Error`.
template <class Model, class... Kept>
void save_flash_image(Model& model, const char* path, const FlashShape& shape, const Kept&... kept) {
  if (!storage::is_right({shape.slot_bytes, shape.page_bytes}, shape.word_bytes))
    host::refuse(path, storage::sentence(storage::Commit::wrong_driver),
                 "give the shape that the device's driver says");
  std::vector<std::byte> image(2 * std::size_t{shape.slot_bytes}, std::byte{0xff});
  storage::MemoryFlash flash{image, shape.page_bytes, shape.word_bytes};
  StoredTraining<storage::MemoryFlash, Model> store(flash, model);
  if (const storage::Commit done = store.commit(kept...); done != storage::Commit::done)
    host::refuse(path, storage::sentence(done), "give the shape that the device's driver says");
  host::replace_file(path, image);
}

}  // namespace etch
