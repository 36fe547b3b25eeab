// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/quantize.hpp>

namespace etch::host {

struct NarrowOptions {
  bool choose = false;        ///< only layers with which the outputs keep within `max_error`
  double max_error = 0.05;    ///< root mean square of what outputs change, beside that of the outputs
  int search_samples = 64;    ///< how many of the samples outputs are compared for
  ProgressReport progress{};  ///< called now and then, if given
};

/// A layer whose weights 4 bits would hold.
struct NarrowedLayer {
  std::string name;  ///< of its result
  std::string kind;  ///< as the source's format names it
  int index = -1;    ///< of the source's operator
  bool narrow = false;
  std::int64_t bytes = 0, narrow_bytes = 0;  ///< of weights, in 8 and in 4 bits
  std::optional<double> error{};             ///< what outputs change where this layer alone has 4 bits
};
struct NarrowReport {
  std::vector<NarrowedLayer> layers;
  std::optional<double> error{};  ///< what outputs change, with all layers that were chosen
  std::int64_t saved() const;     ///< bytes
};
/// A line for each layer.
std::string table_of(const NarrowReport& report);
/// What came of it.
std::string sentence_of(const NarrowReport& report);

/// A sample: bytes of each input, as the model stores them.
using StoredSample = std::vector<std::span<const std::byte>>;

/// Whether a model has a convolution or dense layer of whole numbers that weights of 4 bits make smaller.
bool may_narrow_weights(const ImportedModel& model);

/// Brings the weights of convolutions and dense steps of a quantized model to 4 bits, -8 to 7, with
/// the scales that they have, in all layers that get smaller by it, or in those that are chosen: the ones
/// first that change the outputs least for the bytes that they save. Such weights ship in 4 bits
/// (`pack_int4`). \param samples that weights are fitted to and outputs compared for; without any, weights
/// are rounded by themselves, and none can be chosen. Throws `Error` for models that have no such layer
/// (`may_narrow_weights`), and for samples of another length.
ImportedModel narrow_weights(const ImportedModel& model, std::span<const StoredSample> samples,
                             const NarrowOptions& options = {}, NarrowReport* report = nullptr);

}  // namespace etch::host
