// SPDX-License-Identifier: BSL-1.0
// In which types each operator of TensorFlow Lite is read: what `etch ops` says of it holds for a file of
// each, which is written, read and run here, and no file says more.
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/operator_names.hpp>
#include <codegen/model/model_session.hpp>
#include <runtime/host/error.hpp>
#include <tests/formats/tflite/signal_model.hpp>
#include <tests/formats/tflite/small_models.hpp>

#include <catch2/catch.hpp>
#include <map>
#include <set>

namespace tflite_types_test {

using namespace etch;
using namespace etch::test;

bool is_read_and_runs(const std::vector<std::byte>& bytes) {
  try {
    const host::ImportedModel model = host::import_tflite(bytes, "typed");
    host::ModelSession session(model);
    std::vector<std::vector<std::byte>> inputs;
    for (int k = 0; k < session.inputs(); ++k) inputs.emplace_back(session.input_bytes(k));
    session.run(std::vector<std::span<const std::byte>>(inputs.begin(), inputs.end()));
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Of what an operator takes first, as the file has it.
ElementKind first_kind(const host::tflite::File& file, const host::tflite::FileOperator& op) {
  return file.tensors[static_cast<std::size_t>(op.inputs[0])].kind;
}

using Types = std::map<std::string, std::set<std::string>>;

/// By operator, the types of which a file was read and run.
Types found() {
  Types types;
  for (const TypedModel& typed : small_models_of_all_types()) {
    TfliteWriter writer;
    const auto bytes = typed.model.write(writer);
    if (!is_read_and_runs(bytes)) continue;
    const auto file = host::tflite::read_file(bytes, "typed");
    for (const auto& op : file.operators)
      types[host::tflite::operator_name(static_cast<int>(op.kind))].insert(
          host::tflite::name_of(op.kind == OperatorKind::cast ? first_kind(file, op) : typed.kind));
  }
  TfliteWriter writer;
  const auto signals = SignalModel(writer).file();
  REQUIRE(is_read_and_runs(signals));
  const auto file = host::tflite::read_file(signals, "signals");
  for (const auto& op : file.operators)
    if (!op.custom.empty()) types[op.custom].insert(host::tflite::name_of(first_kind(file, op)));
  return types;
}

TEST_CASE("what ops says of types holds, for a file of each operator in each", "[ops]") {
  const Types types = found();
  std::string told, measured;
  for (const std::string& name : host::tflite_operators()) {
    const std::string op = name.substr(0, name.find(' '));
    told += op + ": " + host::tflite_types(name) + "\n";
    measured += op + ":";
    const auto at = types.find(op);
    for (const char* type : {"float32", "int8", "uint8", "int16", "int32", "uint32", "uint64"})
      if (at != types.end() && at->second.contains(type)) measured += std::string(" ") + type;
    measured += "\n";
  }
  CHECK(told == measured);
}

}  // namespace tflite_types_test
