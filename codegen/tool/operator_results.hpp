// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <codegen/model/model_session.hpp>

#include <filesystem>
#include <functional>

namespace etch::tool {

/// What an operator of the source gave, by its place in `ImportedModel::operators`.
struct OperatorResult {
  std::size_t op = 0;
  std::vector<std::byte> bytes;
};

/// Layers that another program computed for one sample: the bytes of `path`, and beside it a text of the same
/// name with a line a layer such as `op=0 tensor=22 off=0 bytes=8000 shape=1x25x5x64`. Throws `Error`.
std::vector<OperatorResult> golden_results(const std::filesystem::path& path,
                                           const host::ImportedModel& model);

/// The first result of every operator, by what is known of values; none of those whose value is empty, since
/// no step of the prediction makes it.
std::vector<OperatorResult> results_of(const host::ImportedModel& model,
                                       const std::function<std::span<const std::byte>(int)>& value);

/// The same of the last `trace`.
std::vector<OperatorResult> traced_results(const host::ImportedModel& model,
                                           const host::ModelSession& session);

}  // namespace etch::tool
