// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <iosfwd>
#include <vector>

namespace etch::host {

/// What an operator of the source costs: trained numbers, the bytes of its weights, and multiply-accumulates
/// of one sample.
struct OperatorCost {
  long long parameters = 0, bytes = 0, macs = 0;
  OperatorCost& operator+=(const OperatorCost& other);
};

/// Of each operator, and last of the steps that no operator stands for. A weight counts where it is read
/// first.
std::vector<OperatorCost> operator_costs(const ImportedModel& model);
OperatorCost total_of(const std::vector<OperatorCost>& costs);

/// A table of operators: results, quantizations and costs.
void print_operators(const ImportedModel& model, const std::vector<OperatorCost>& costs, std::ostream& out);

}  // namespace etch::host
