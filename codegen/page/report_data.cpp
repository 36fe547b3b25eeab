// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/page/report_data.hpp>
#include <codegen/prepare/prepare.hpp>
#include <runtime/host/version.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <map>

namespace etch::host {

namespace {

using Json = nlohmann::ordered_json;

/// What a planned program takes, and which of its steps needs the most of the arena.
Json plan_data(const ImportedModel& model, const ImportedProgram& program) {
  Json data = memory_data(program);
  const MemoryMap map = memory_map(program);
  if (map.peak < 0) return data;
  data["peak"] = {{"step", step_text(model, program, map.peak)},
                  {"bytes", map.occupied[static_cast<std::size_t>(map.peak)]}};
  return data;
}

/// The same with inputs and outputs with the caller and in the arena.
Json both_plans(const ImportedModel& model, kernels::KernelSets sets) {
  const ImportedModel prepared = prepare(model, sets);
  return {{"outside", plan_data(prepared, *program_of(prepared, false, true, sets))},
          {"inside", plan_data(prepared, *program_of(prepared, true, true, sets))}};
}

/// What the model takes on the core of every board. Cores of the same kernels share a plan.
Json plans_data(const ImportedModel& model) {
  Json plans = Json::object();
  std::map<unsigned, Json> by_sets;
  for (const Board& board : boards()) {
    const kernels::KernelSets sets = kernels_of(board.target);
    Json& plan = by_sets[sets.bits];
    if (plan.is_null()) plan = both_plans(model, sets);
    plans[board.target] = plan;
  }
  return plans;
}

Json named_arena(const ImportedModel& model, const ImportedProgram& program) {
  Json arena = arena_data(memory_map(program));
  for (Json& tensor : arena["tensors"])
    tensor["name"] = value_name(model, program, tensor["value"].get<int>());
  return arena;
}

void add_stored(Json& to, const StoredNumbers& stored) {
  to["seen"] = {stored.seen.lowest, stored.seen.highest};
  to["held"] = {stored.held.lowest, stored.held.highest};
  to["histogram"] = stored.histogram;
  to["clipped"] = stored.clipped;
  to["storing"] = stored.rounding;
  to["storing_best"] = stored.finest;
  to["storing_int16"] = stored.wide;
}

Json quantization_data(const QuantizationReport& report) {
  Json layers = Json::array();
  for (const LayerError& layer : report.layers) {
    Json data{{"name", layer.name},
              {"kind", layer.kind},
              {"as", !layer.quantized                 ? "real"
                     : layer.type == ElementType::i16 ? "int16"
                                                      : "int8"},
              {"largest", layer.largest},
              {"rms", layer.rms}};
    if (std::isfinite(layer.sqnr)) data["sqnr"] = layer.sqnr;
    if (layer.stored) add_stored(data, *layer.stored);
    layers.push_back(std::move(data));
  }
  return layers;
}

Json fits_data(const std::vector<TrainingMemory>& fits) {
  Json data = Json::array();
  for (const TrainingMemory& fit : fits)
    data.push_back({{"ram", fit.total()},
                    {"arena", fit.arena},
                    {"gradients", fit.gradients},
                    {"parts", fit.parts},
                    {"macs", fit.macs},
                    {"macs_again", fit.macs_again}});
  return data;
}

Json training_data(const TrainingReport& report) {
  Json needs = Json::array();
  for (const TrainingNeed& need : report.needs)
    needs.push_back({{"optimizer", need.optimizer},
                     {"batch", need.batch},
                     {"arena", need.arena},
                     {"optimizer_state", need.optimizer_state},
                     {"ram", report.weights + need.arena + need.optimizer_state}});
  Json arena = arena_data(report.map);
  arena["bytes"] = report.arena;
  arena["lower_bound"] = report.lower_bound;
  return {{"weights", report.weights},
          {"trained", report.trained},
          {"needs", std::move(needs)},
          {"steps", report.step_names},
          {"forward", report.forward},
          {"losses", report.losses},
          {"arena", std::move(arena)},
          {"fits", fits_data(report.fits)},
          {"batch_fits", fits_data(report.batch_fits)}};
}

}  // namespace

Json report_data(const ImportedModel& model, const ReportSubject& subject) {
  const kernels::KernelSets sets = subject.board.empty() ? kernels::board_sets : kernels_of(subject.board);
  const ImportedModel prepared = prepare(model, sets);
  const auto program = program_of(prepared, false, true, sets);
  Json data{{"command", "report"},
            {"etch", version},
            {"model", model.name},
            {"file", subject.file},
            {"file_bytes", subject.file_bytes}};
  data["notes"] = model.notes;
  if (!subject.board.empty()) data["board"] = subject.board;
  if (subject.flash > 0) data["flash"] = subject.flash;
  if (subject.ram > 0) data["ram"] = subject.ram;
  data["inputs"] = ends_data(prepared, true);
  data["outputs"] = ends_data(prepared, false);
  data["operators"] = operators_data(prepared).size();
  data["memory"] = memory_data(*program);
  data["steps"] = steps_data(prepared, *program);
  data["arena"] = named_arena(prepared, *program);
  data["plans"] = plans_data(model);
  data["plans"]["chosen"] = {{"outside", plan_data(prepared, *program)},
                             {"inside", plan_data(prepared, *program_of(prepared, true, true, sets))}};
  data["boards"] = boards_data();
  if (subject.quantization) data["quantization"] = quantization_data(*subject.quantization);
  if (subject.training) data["training"] = training_data(*subject.training);
  return data;
}

}  // namespace etch::host
