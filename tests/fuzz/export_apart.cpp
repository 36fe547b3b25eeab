// SPDX-License-Identifier: BSL-1.0
// Writes a model as C++ in which every value has memory of its own, with inputs and the bytes that the
// interpreter gives for them: export_apart FOLDER MODEL, where MODEL is a file, or the number of a survivor.
#include <codegen/firmware/emit_model.hpp>
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/element_names.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/prepare/prepare.hpp>
#include <runtime/host/error.hpp>
#include <tests/fuzz/apart.hpp>
#include <tests/fuzz/mutation.hpp>
#include <tests/fuzz/survivors.hpp>

#include <fstream>
#include <iostream>

namespace {

using namespace etch;
using namespace etch::fuzz;
namespace fs = std::filesystem;

constexpr int samples = 3;  ///< one after the other: states go on

/// Numbers of every kind: small floats, or any bytes.
std::vector<std::byte> sample(const host::ModelSession& session, int input, bool real, Dice& dice) {
  std::vector<std::byte> bytes(session.input_bytes(input));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] =
        static_cast<std::byte>(real && i % 4 == 3 ? 0x3e + dice.below(2) + 128 * dice.below(2) : dice.bits());
  return bytes;
}

void append(std::ofstream& file, std::span<const std::byte> bytes) {
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// All inputs, then all outputs, of each sample.
void write_samples(const host::ImportedModel& model, const fs::path& path) {
  host::ModelSession session(model);
  const auto& g = *model.graph;
  std::ofstream file(path, std::ios::binary);
  Dice dice(1);
  for (int s = 0; s < samples; ++s) {
    std::vector<std::vector<std::byte>> inputs;
    for (int k = 0; k < session.inputs(); ++k)
      inputs.push_back(sample(session, k, g.values[g.inputs[k]].type == ElementType::real, dice));
    const std::vector<std::span<const std::byte>> given(inputs.begin(), inputs.end());
    session.run(given);
    for (const auto& input : inputs) append(file, input);
    for (int k = 0; k < session.outputs(); ++k) append(file, session.output(k));
  }
  if (!file) throw Error("cannot write " + path.string());
}

std::string places_text(const char* name, const std::vector<Place>& places) {
  std::string text = std::string("inline const std::vector<etch::fuzz::Place> ") + name + "{";
  for (const Place& place : places)
    text += "{" + std::to_string(place.offset) + ", " + std::to_string(place.bytes) + "}, ";
  return text + "};\n";
}

/// What the program around the model has to know: which bytes are whose, and how to call it.
void write_description(const host::ApartProgram& apart, const fs::path& path) {
  const auto& g = apart.program->graph;
  std::string sizes[2], call;
  for (const auto& [ends, name, text] :
       {std::tuple(&g.inputs, "in", &sizes[0]), {&g.outputs, "out", &sizes[1]}})
    for (int k = 0; k < ends->count; ++k) {
      const Value& value = g.values[(*ends)[k]];
      *text += std::to_string(host::bytes_of_sample(value)) + ", ";
      call += ", static_cast<" + std::string(ends == &g.inputs ? "const " : "") +
              host::names_of(value.type).c + "*>(" + name + "[" + std::to_string(k) + "])";
    }
  std::ofstream file(path);
  file << "#pragma once\n#include \"model.h\"\n#include <tests/fuzz/fence.hpp>\n#include <vector>\n\n"
       << places_text("weight_places", apart.weights) << places_text("arena_places", apart.arena)
       << places_text("state_places", apart.states) << "inline const std::vector<std::size_t> input_bytes{"
       << sizes[0] << "}, output_bytes{" << sizes[1] << "};\n\n"
       << "inline int predict(model_context* context, void* const* in, void* const* out) {\n"
       << "  return model_predict(context" << call << ");\n}\n";
  if (!file) throw Error("cannot write " + path.string());
}

void export_apart(const fs::path& folder, const std::string& name) {
  const bool number = name.find_first_not_of("0123456789") == std::string::npos;
  const host::ImportedModel model =
      host::prepare(number ? survivor(static_cast<unsigned>(std::stoul(name))) : host::read_model(name));
  const host::ApartProgram apart = host::place_apart(*host::program_of(model));
  host::emit_program(model, *apart.program, {folder, "model", name});
  write_samples(model, folder / "samples.bin");
  write_description(apart, folder / "apart_model.hpp");
  std::cout << name << ": '" << model.name << "', " << apart.program->graph.steps.count << " steps\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw Error("export_apart: give a folder and a model");
    export_apart(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "export_apart: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
