// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/page/training_memory.hpp>
#include <codegen/quantize/quantize.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace etch::host {

/// What a report is about.
struct ReportSubject {
  std::string file;  ///< the model's file, without folders
  long long file_bytes = 0;
  std::string board;             ///< by `--board`, or "": for every core
  long long flash = 0, ram = 0;  ///< instead of the board's; 0: as it has
  const QuantizationReport* quantization = nullptr;
  const TrainingReport* training = nullptr;
};

/// All that a report shows, of a model as it was read (docs/tool.schema.json). Throws `Error`.
nlohmann::ordered_json report_data(const ImportedModel& model, const ReportSubject& subject);

}  // namespace etch::host
