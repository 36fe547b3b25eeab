// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <runtime/host/data/idx.hpp>
#include <runtime/host/data/image_set.hpp>
#include <string>
#include <string_view>

namespace etch::host {

/// MNIST, or digits that stand in for it.
struct Mnist {
  ImageSet train, test;
  std::string source;  ///< a sentence for the program's output: which data this is
  bool real = false;   ///< false: drawn by Etch
};

struct MnistOptions {
  bool download = false;         ///< into the cache folder; the environment's ETCH_NO_DOWNLOAD=1 forbids it
  bool draw_if_missing = false;  ///< digits of `draw_digits` where MNIST is not, instead of an error
  int drawn_train_count = 60'000;
  int drawn_test_count = 10'000;
};

/// Loads MNIST from its four `.gz` files, looked for in `$ETCH_MATERIAL/data/mnist`, `$ETCH_DATA`,
/// `$ETCH_DATA/mnist` and the cache folder (`$XDG_CACHE_HOME/etch/mnist` or `~/.cache/etch/mnist`). Where
/// they are not, it downloads them or draws digits if the options say so, in this order; `source` says which
/// data it is.
///
/// Throws `etch::Error` if there is no MNIST and nothing else was asked for, if a file is there but has
/// another checksum than the published one, or if a folder holds some of the files only: what someone put
/// there is never passed over in silence.
Mnist load_mnist(const MnistOptions& options = {});

/// Joins images [count, rows, columns] with labels [count] of digits. Throws `etch::Error` if the ranks or
/// counts do not fit or a label is above 9; the names are what messages call the files.
ImageSet make_image_set(IdxArray images, IdxArray labels, std::string_view images_name,
                        std::string_view labels_name);

}  // namespace etch::host
