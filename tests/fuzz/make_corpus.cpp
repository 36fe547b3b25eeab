// SPDX-License-Identifier: BSL-1.0
// Writes the files that fuzzing begins with: make_corpus FOLDER makes a folder for each target in it.
#include <codegen/formats/etch/import.hpp>
#include <codegen/formats/rtneural/import.hpp>
#include <codegen/formats/tflite/import.hpp>
#include <runtime/host/error.hpp>
#include <tests/fuzz/corpus.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

using namespace etch;
using namespace etch::fuzz;
namespace fs = std::filesystem;

void write(const fs::path& folder, const Corpus& corpus) {
  fs::create_directories(folder);
  for (const auto& [name, bytes] : corpus) {
    std::ofstream file(folder / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file) throw Error("cannot write " + (folder / name).string());
  }
}

/// Mutations of a model lead nowhere where the model itself is refused. Not all operators take int16.
void check_models() {
  for (const auto& [name, bytes] : tflite_corpus())
    if (name.find("int16") == std::string::npos) host::import_tflite(std::as_bytes(std::span(bytes)), name);
  for (const auto& [name, bytes] : model_file_corpus())
    host::import_model_file(std::as_bytes(std::span(bytes)), name);
  for (const auto& [name, bytes] : rtneural_corpus())
    host::import_rtneural(std::as_bytes(std::span(bytes)), name);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "make_corpus: name the folder\n";
    return 1;
  }
  try {
    check_models();
    const fs::path folder = argv[1];
    write(folder / "csv", csv_corpus());
    write(folder / "cifar", cifar_corpus());
    write(folder / "idx", idx_corpus());
    write(folder / "numpy", numpy_corpus());
    write(folder / "rtneural", rtneural_corpus());
    write(folder / "tflite", tflite_corpus());
    write(folder / "wav", wav_corpus());
    write(folder / "model_file", model_file_corpus());
  } catch (const std::exception& error) {
    std::cerr << "make_corpus: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
