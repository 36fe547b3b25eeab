// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/fuzz/mutation.hpp>

#include <utility>

namespace etch::fuzz {

/// Files to begin with, by name.
using Corpus = std::vector<std::pair<std::string, Bytes>>;

Corpus csv_corpus();
Corpus cifar_corpus();
Corpus idx_corpus();
Corpus numpy_corpus();
Corpus rtneural_corpus();
Corpus tflite_corpus();
Corpus wav_corpus();
Corpus model_file_corpus();

}  // namespace etch::fuzz
