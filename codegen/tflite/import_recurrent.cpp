// SPDX-License-Identifier: BSL-1.0
#include <codegen/tflite/importer.hpp>

namespace etch::host::tflite {

void Importer::import_lstm() { refuse("is not supported"); }
void Importer::import_svdf() { refuse("is not supported"); }

}  // namespace etch::host::tflite
