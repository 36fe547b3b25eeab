// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/error.hpp>
#include <runtime/host/files/replace_file.hpp>
#include <runtime/host/plot/curves.hpp>
#include <runtime/host/training/history_report.hpp>

#include <algorithm>
#include <limits>

namespace etch {

void plot_history(const History& history, const std::filesystem::path& path) {
  if (path.extension() != ".svg")
    throw Error("a history is drawn as .svg, not as '" + path.filename().string() +
                "'; change the extension");
  history.last();  // there is one, and no later fit wrote over it
  const bool validated = std::any_of(history.epochs.begin(), history.epochs.end(),
                                     [](const EpochResult& e) { return e.validated; });
  std::vector<host::CurvePanel> panels;
  for (const ResultName& name : history.names) {
    host::Curve training{name.name(), {}}, validation{name.val_name, {}};
    for (const EpochResult& epoch : history.epochs) {
      training.values.push_back(name.of(epoch));
      validation.values.push_back(epoch.validated ? name.validation_of(epoch)
                                                  : std::numeric_limits<float>::quiet_NaN());
    }
    host::CurvePanel panel{name.name(), {training}};
    if (validated) panel.curves.push_back(validation);
    panels.push_back(panel);
  }
  const std::string svg = host::curves_svg("training", panels);
  host::replace_file(path, std::as_bytes(std::span(svg)));
}

}  // namespace etch
