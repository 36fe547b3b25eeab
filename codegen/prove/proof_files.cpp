// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/firmware/bundle.hpp>
#include <codegen/firmware/emit_model.hpp>
#include <codegen/firmware/text_files.hpp>
#include <codegen/model/element_names.hpp>
#include <codegen/prove/proof_files.hpp>
#include <codegen/prove/proof_sources.hpp>

namespace etch::host {

namespace {

/// Bytes of nobody behind a value: what a wrong stride jumps over would have to be longer.
constexpr int most_fence = 1 << 16;

std::string places_text(const std::vector<Place>& places) {
  std::string text;
  for (const Place& place : places)
    text += "{" + std::to_string(place.offset) + ", " + std::to_string(place.bytes) + "}, ";
  return text;
}

std::string sizes_text(const std::vector<FirmwareEnd>& ends) {
  std::string text;
  for (const FirmwareEnd& end : ends)
    text += std::to_string(end.elements * bytes_of(end.type, DType::f32)) + ", ";
  return text.substr(0, text.size() - 2);
}

/// The model's ends as the C functions take them.
std::string arguments_text(const FirmwareEnds& ends) {
  std::string text;
  for (const bool input : {true, false}) {
    const auto& list = input ? ends.inputs : ends.outputs;
    for (std::size_t k = 0; k < list.size(); ++k)
      text += ", (" + std::string(names_of(list[k].type).c) + "*)" + (input ? "in[" : "out[") +
              std::to_string(k) + "]";
  }
  return text;
}

std::string ends_header(const FirmwareEnds& ends) {
  std::string text = replaced(proof::ends_text, "@INPUTS@", std::to_string(ends.inputs.size()));
  text = replaced(text, "@OUTPUTS@", std::to_string(ends.outputs.size()));
  text = replaced(text, "@INPUT_BYTES@", sizes_text(ends.inputs));
  return replaced(text, "@OUTPUT_BYTES@", sizes_text(ends.outputs));
}

/// Where the tables lie among the weights.
std::string tables_text(const ImportedProgram& program) {
  const auto& g = program.graph;
  std::vector<Place> places;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps[s];
    const unsigned tables = visit_op(step.op, [&](auto op) { return decltype(op)::tables(step); });
    for (int k = 0; k < step.parameters; ++k) {
      const int v = g.operand(step, step.inputs - step.parameters + k);
      if ((tables >> k & 1) != 0)
        places.push_back({program.plan.offset[v], static_cast<int>(bytes_of_sample(g.values[v]))});
    }
  }
  return places_text(places);
}

std::string memory_program(const ApartProgram& apart, const FirmwareEnds& ends) {
  std::string text = replaced(proof::memory_text, "@WEIGHT_PLACES@", places_text(apart.weights));
  text = replaced(text, "@ARENA_PLACES@", places_text(apart.arena));
  text = replaced(text, "@STATE_PLACES@", places_text(apart.states));
  return replaced(text, "@RUN@", "model_selftest(&context" + arguments_text(ends) + ")");
}

}  // namespace

void write_proof(const ImportedModel& model, const ImportedProgram& program, const ProofOptions& options) {
  const std::filesystem::path apart_folder = options.folder / "apart";
  EmitOptions emit{.folder = options.folder,
                   .source = options.source,
                   .kernels = kernels_of(options.board),
                   .selftest = true};
  emit_program(model, program, emit);
  const FirmwareEnds ends = firmware_ends(model, program, false);
  write_bundle(
      {options.folder, emit.name, options.headers, options.board, ends, program.plan.state_bytes > 0, false});

  const ApartProgram apart = place_apart(program, most_fence);
  emit.folder = apart_folder;
  emit_program(model, *apart.program, emit);
  write_text(options.folder / "proof_ends.h", ends_header(ends));
  write_text(apart_folder / "proof_ends.h", ends_header(ends));
  write_text(options.folder / "data.c",
             replaced(replaced(proof::data_text, "@ARGUMENTS@", arguments_text(ends)), "@TABLES@",
                      tables_text(program)));
  write_text(apart_folder / "memory.c", memory_program(apart, ends));
  write_text(options.folder / "proof.mk", proof::makefile_text);
}

}  // namespace etch::host
