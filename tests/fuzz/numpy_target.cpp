// SPDX-License-Identifier: BSL-1.0
// Arrays of NumPy: NPY files, and NPZ, zip archives of them.
#include <runtime/host/data/npz.hpp>
#include <runtime/host/files/zip.hpp>
#include <tests/fuzz/fuzz_target.hpp>
#include <tests/fuzz/npy_parts.hpp>
#include <tests/unit/zip_writer.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;

constexpr std::size_t limit = 1 << 22;

bool is_zip(std::span<const std::uint8_t> file) {
  return file.size() > 4 && file[0] == 'P' && file[1] == 'K';
}

std::size_t bytes_of(host::NpyType type) {
  switch (type) {
    case host::NpyType::boolean:
    case host::NpyType::int8:
    case host::NpyType::uint8:
      return 1;
    case host::NpyType::int16:
    case host::NpyType::uint16:
      return 2;
    case host::NpyType::int32:
    case host::NpyType::uint32:
    case host::NpyType::float32:
      return 4;
    default:
      return 8;
  }
}

void check(const host::NpyArray& array) {
  require(array.data.size() == array.size() * bytes_of(array.type),
          "an array has as many bytes as its shape");
  require(array.floats().size() == array.size(), "every element becomes a float");
  has_answer([&] {
    const auto classes = array.classes();
    require(classes.size() == array.size(), "every element becomes a class");
    for (const std::int32_t c : classes) require(c >= 0, "classes are not negative");
  });
  has_answer([&] { require(array.bytes().size() == array.size(), "every byte is an element"); });
}

void mutate_dictionary(std::string& text, Dice& dice) {
  static constexpr const char* words[]{"'<f4'",
                                       "'>f8'",
                                       "'|u1'",
                                       "'<i8'",
                                       "'>u2'",
                                       "'=b1'",
                                       "'|b1'",
                                       "'|O'",
                                       "'<U4'",
                                       "[('x', '<f4')]",
                                       "True",
                                       "False",
                                       "()",
                                       "(1,)",
                                       "(2, 3)",
                                       "(0,)",
                                       "(-1,)",
                                       "(3L,)",
                                       "(4294967296,)",
                                       "(4611686018427387904,)",
                                       "(1, 1",
                                       "'shape'",
                                       "'descr'",
                                       "'fortran_order'",
                                       "{",
                                       "}",
                                       ": ",
                                       ", ",
                                       "\n"};
  const std::string word = dice.pick(words);
  // Replaces a word of the kind it is: what lies between two of these characters.
  const std::size_t from = text.empty() ? 0 : dice.below(text.size());
  const bool shape = word[0] == '(', after = dice.one_in(6);
  const std::size_t begin = shape ? text.find('(') : text.find_first_of("'TF", from);
  if (begin == std::string::npos || after) {
    text.insert(from, word);
    return;
  }
  const std::size_t end = shape ? text.find(')', begin) : text.find_first_of(",:}", begin);
  const std::size_t length = end == std::string::npos ? std::string::npos : end - begin + (shape ? 1 : 0);
  text.replace(begin, length, word);
}

/// Another number in the text, which may be an extent.
void mutate_number(std::string& text, Dice& dice) {
  const std::size_t at = text.find_first_of("0123456789", text.empty() ? 0 : dice.below(text.size()));
  if (at == std::string::npos) return mutate_dictionary(text, dice);
  const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
  const std::string digits = text.substr(at, end - at);
  const std::int64_t old = digits.size() < 18 ? std::stoll(digits) : 1;
  text.replace(at, digits.size(), std::to_string(other_number(dice, old)));
}

void mutate_npy(Bytes& file, Dice& dice) {
  auto parts = NpyParts::of(file);
  if (!parts || dice.one_in(6)) return mutate_bytes(file, 4096);
  switch (dice.below(6)) {
    case 0:
      parts->version = static_cast<int>(dice.below(5));
      break;
    case 1:
      mutate_bytes(parts->data, 512);
      break;
    case 2:
      parts->data.resize(dice.below(65));
      break;
    case 3:
      mutate_number(parts->dictionary, dice);
      break;
    default:
      mutate_dictionary(parts->dictionary, dice);
  }
  file = parts->file();
  if (dice.one_in(8)) file[8] = static_cast<std::uint8_t>(other_number(dice, file[8]));  // a lie: the length
}

/// Unpacks an archive, mutates a member, and packs all with right checksums, or a lie.
bool mutate_npz(Bytes& file, Dice& dice) {
  std::vector<host::ZipMember> members;
  std::vector<Bytes> contents;
  const bool read = has_answer([&] {
    members = host::list_zip(file, "arrays.npz", limit);
    for (const host::ZipMember& member : members)
      contents.push_back(host::read_zip(file, member, "arrays.npz"));
  });
  if (!read || members.empty() || members.size() > 16) return false;
  const std::size_t chosen = dice.below(members.size());
  mutate_npy(contents[chosen], dice);
  if (dice.one_in(8)) {
    members.push_back(members[chosen]);
    members.back().name.insert(0, 1, 'x');
    contents.push_back(contents[chosen]);
  }
  ZipWriter zip;
  for (std::size_t i = 0; i < members.size(); ++i) {
    ZipLies lies;
    const bool lie = i == chosen && dice.one_in(4);
    const auto number =
        static_cast<std::uint32_t>(other_number(dice, static_cast<std::int64_t>(contents[i].size())));
    if (lie) (dice.one_in(2) ? lies.size : lies.position) = number;
    zip.add(members[i].name, contents[i], members[i].deflated != dice.one_in(8), lies);
  }
  file = zip.finish();
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, data + size);
  if (!is_zip(file)) {
    has_answer([&] { check(host::read_npy(file, "array.npy")); });
    return 0;
  }
  has_answer([&] {
    const host::NpzFile arrays = host::read_npz(file, "arrays.npz", limit);
    for (const auto& [name, array] : arrays.arrays) {
      check(array);
      require(arrays.at(name).data == array.data, "an array is found by its name");
    }
    require(!has_answer([&] { arrays.at("none of these\n"); }), "an array that is not there is not found");
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Dice dice(seed);
  Bytes file(data, data + size);
  if (dice.one_in(6)) return LLVMFuzzerMutate(data, size, most);
  if (!is_zip(file)) {
    mutate_npy(file, dice);
  } else if (!mutate_npz(file, dice)) {
    return LLVMFuzzerMutate(data, size, most);
  }
  return put_back(file, data, most);
}
