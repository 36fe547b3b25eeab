// SPDX-License-Identifier: BSL-1.0
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/npy_parts.hpp>
#include <tests/fuzz/packed.hpp>
#include <tests/unit/zip_writer.hpp>

namespace etch::fuzz {

namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// Bytes that differ.
Bytes counted(std::size_t n) {
  Bytes bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  return bytes;
}

Bytes npy(const std::string& descr, const std::string& order, const std::string& shape, std::size_t bytes,
          int version = 1) {
  return NpyParts{version,
                  "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }  \n",
                  counted(bytes)}
      .file();
}

Bytes idx(const std::vector<std::uint8_t>& extents) {
  Bytes file{0, 0, 8, static_cast<std::uint8_t>(extents.size())};
  std::size_t elements = 1;
  for (const std::uint8_t extent : extents) {
    file.insert(file.end(), {0, 0, 0, extent});
    elements *= extent;
  }
  const Bytes data = counted(elements);
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

Bytes cifar(std::uint8_t kind, std::size_t images) {
  Bytes file{kind};
  for (std::size_t i = 0; i < images; ++i) {
    file.insert(file.end(), kind == 0 ? 1 : 2, static_cast<std::uint8_t>(i + 3));
    const Bytes pixels = counted(3072);
    file.insert(file.end(), pixels.begin(), pixels.end());
  }
  return file;
}

}  // namespace

Corpus csv_corpus() {
  return {{"classes", bytes_of(std::string(",\x09\xff") + "width,height,kind\n1.5,2,0\n-3e2,+4,1\n")},
          {"names",
           bytes_of(std::string(",\x0d\x00", 3) + "kind,a,\"b \"\"c\"\"\"\r\n\"x, y\",1,2\r\nz,3,4\r\n")},
          {"targets", bytes_of(std::string(";\x0c\xff") + "1;2;0.5\n3;4;1e-3\n\n")},
          {"by_name", bytes_of(std::string("\t\x13k") + "k\tv\n1\t.5\n0\t0.25\n")},
          {"no_labels", bytes_of(std::string(" \x00\x00", 3) + "1 2 3\n4 5 6")},
          {"marked", bytes_of(std::string(",\x01\x00", 3) + "\xEF\xBB\xBFv\n1\n")}};
}

Corpus cifar_corpus() {
  return {{"ten", cifar(0, 2)}, {"fine", cifar(1, 1)}, {"coarse", cifar(2, 2)}, {"empty", {0}}};
}

Corpus idx_corpus() {
  const Bytes images = idx({3, 4, 5}), labels = idx({9});
  return {{"images", images},
          {"labels", labels},
          {"images.gz", gzipped(images)},
          {"labels.gz", gzipped_twice(labels)},
          {"many_axes.gz", gzipped(idx({1, 2, 1, 2, 1, 2, 1, 2}))}};
}

Corpus wav_corpus() {
  const auto file = [](const std::string& before, std::uint8_t length, std::size_t samples) {
    Bytes bytes = bytes_of("RIFF____WAVE" + before + "fmt ");
    bytes.insert(bytes.end(), {length, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0});
    bytes.resize(bytes.size() + length - 16U);
    const Bytes mark = bytes_of("data"), data = counted(2 * samples);
    bytes.insert(bytes.end(), mark.begin(), mark.end());
    bytes.insert(bytes.end(), {static_cast<std::uint8_t>(2 * samples), 0, 0, 0});
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
  };
  return {{"plain.wav", file("", 16, 9)},
          {"extended.wav", file("", 40, 1)},
          {"noted.wav", file(std::string("LIST\3\0\0\0abc\0", 12), 18, 0)}};
}

Corpus numpy_corpus() {
  ZipWriter stored, deflated;
  stored.add("x.npy", npy("<f4", "False", "(2, 3)", 24), false);
  stored.add("y.npy", npy("|u1", "False", "(2,)", 2), false);
  deflated.add("x.npy", npy("<i8", "True", "(2, 2)", 32), true);
  deflated.add("y.npy", npy("|u1", "False", "(2,)", 2), true);
  return {{"floats.npy", npy("<f4", "False", "(2, 3)", 24)},
          {"doubles.npy", npy(">f8", "True", "(2, 1, 3)", 48)},
          {"bytes.npy", npy("|u1", "False", "(5,)", 5, 2)},
          {"one.npy", npy("<i2", "False", "()", 2, 3)},
          {"words.npy", npy(">u4", "True", "(3, 2)", 24)},
          {"empty.npy", npy("<i4", "True", "(0, 7)", 0)},
          {"stored.npz", stored.finish()},
          {"deflated.npz", deflated.finish()}};
}

}  // namespace etch::fuzz
