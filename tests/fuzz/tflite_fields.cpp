// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/tables.hpp>
#include <tests/fuzz/tflite_fields.hpp>

#include <algorithm>

namespace etch::fuzz {

namespace {

using flatbuffers::uoffset_t;
using flatbuffers::voffset_t;

/// How a field of a table is stored.
enum class Stored { byte, word, words, longs, bytes, table, tables, options };

struct TableSchema;
struct FieldSchema {
  int number;
  Stored stored;
  FieldKind kind;
  const TableSchema* of = nullptr;
};
struct TableSchema {
  std::vector<FieldSchema> fields;
};

// Field numbers of TensorFlow Lite's published schema.
const TableSchema quantization{{{2, Stored::words, FieldKind::scale},
                                {3, Stored::longs, FieldKind::zero_point},
                                {4, Stored::byte, FieldKind::other},
                                {6, Stored::word, FieldKind::option}}};
const TableSchema tensor{{{0, Stored::words, FieldKind::extent},
                          {1, Stored::byte, FieldKind::element_kind},
                          {2, Stored::word, FieldKind::other},
                          {4, Stored::table, FieldKind::other, &quantization},
                          {5, Stored::byte, FieldKind::other}}};
const TableSchema operation{{{0, Stored::word, FieldKind::other},
                             {1, Stored::words, FieldKind::tensor},
                             {2, Stored::words, FieldKind::tensor},
                             {3, Stored::byte, FieldKind::other},
                             {4, Stored::options, FieldKind::option},
                             {5, Stored::bytes, FieldKind::constant},
                             {8, Stored::words, FieldKind::tensor}}};
const TableSchema code{{{0, Stored::byte, FieldKind::operator_kind},
                        {2, Stored::word, FieldKind::other},
                        {3, Stored::word, FieldKind::operator_kind}}};
const TableSchema subgraph{{{0, Stored::tables, FieldKind::other, &tensor},
                            {1, Stored::words, FieldKind::tensor},
                            {2, Stored::words, FieldKind::tensor},
                            {3, Stored::tables, FieldKind::other, &operation}}};
const TableSchema buffer{{{0, Stored::bytes, FieldKind::constant}}};
const TableSchema model{{{0, Stored::word, FieldKind::other},
                         {1, Stored::tables, FieldKind::other, &code},
                         {2, Stored::tables, FieldKind::other, &subgraph},
                         {4, Stored::tables, FieldKind::other, &buffer}}};

/// Walks the tables of a file that the verifier passed.
class Walk {
 public:
  explicit Walk(const Bytes& file) : file_(file) {}

  TfliteFields fields() {
    visit(flatbuffers::GetRoot<flatbuffers::Table>(file_.data()), model);
    return std::move(found_);
  }

 private:
  void add(FieldKind kind, const void* at, std::size_t bytes) {
    const auto offset = static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) - file_.data());
    if (offset + bytes <= file_.size()) found_[static_cast<std::size_t>(kind)].push_back({offset, bytes});
  }

  static const std::uint8_t* follow(const std::uint8_t* at) {
    return at + flatbuffers::ReadScalar<uoffset_t>(at);
  }

  void visit(const flatbuffers::Table* table, const TableSchema& schema) {
    for (const FieldSchema& field : schema.fields) {
      const std::uint8_t* const at = table->GetAddressOf(static_cast<voffset_t>(4 + 2 * field.number));
      if (at) visit_field(at, field);
    }
  }

  void visit_field(const std::uint8_t* at, const FieldSchema& field) {
    switch (field.stored) {
      case Stored::byte:
        return add(field.kind, at, 1);
      case Stored::word:
        return add(field.kind, at, 4);
      case Stored::words:
        return visit_list(follow(at), 4, field.kind);
      case Stored::longs:
        return visit_list(follow(at), 8, field.kind);
      case Stored::bytes:
        return visit_list(follow(at), 1, field.kind);
      case Stored::table:
        return visit(reinterpret_cast<const flatbuffers::Table*>(follow(at)), *field.of);
      case Stored::tables:
        return visit_tables(follow(at), *field.of);
      case Stored::options:
        return visit_options(reinterpret_cast<const flatbuffers::Table*>(follow(at)));
    }
  }

  /// Constants as the words that they mostly are, as far as they are aligned.
  void visit_list(const std::uint8_t* list, std::size_t element, FieldKind kind) {
    add(FieldKind::length, list, 4);
    const auto count = flatbuffers::ReadScalar<uoffset_t>(list);
    const std::size_t bytes = std::min<std::size_t>(count * element, 4096);
    const std::size_t step = element == 1 && bytes % 4 == 0 ? 4 : element;
    for (std::size_t i = 0; i + step <= bytes; i += step) add(kind, list + 4 + i, step);
  }

  void visit_tables(const std::uint8_t* list, const TableSchema& schema) {
    add(FieldKind::length, list, 4);
    const auto count = flatbuffers::ReadScalar<uoffset_t>(list);
    for (uoffset_t i = 0; i < count; ++i)
      visit(reinterpret_cast<const flatbuffers::Table*>(follow(list + 4 + 4 * i)), schema);
  }

  /// Which fields there are depends on the operator: all of the table, as wide as they can be.
  void visit_options(const flatbuffers::Table* table) {
    const std::uint8_t* const vtable = table->GetVTable();
    const auto entry = [&](int i) { return flatbuffers::ReadScalar<voffset_t>(vtable + 2 * i); };
    std::vector<voffset_t> places;
    for (int i = 2; i < entry(0) / 2; ++i)
      if (entry(i) != 0) places.push_back(entry(i));
    std::ranges::sort(places);
    places.push_back(entry(1));
    const auto* const start = reinterpret_cast<const std::uint8_t*>(table);
    for (std::size_t i = 0; i + 1 < places.size(); ++i)
      add(FieldKind::option, start + places[i], places[i + 1] - places[i] >= 4 ? 4 : 1);
  }

  const Bytes& file_;
  TfliteFields found_;
};

std::int64_t number_at(const Bytes& file, const FieldPlace& at) {
  if (at.bytes == 1) return static_cast<std::int8_t>(file[at.offset]);
  std::int32_t word = 0;
  std::int64_t number = 0;
  if (at.bytes == 4) std::memcpy(&word, &file[at.offset], 4);
  if (at.bytes == 8) std::memcpy(&number, &file[at.offset], 8);
  return at.bytes == 4 ? word : number;
}

void put_number(Bytes& file, const FieldPlace& at, std::int64_t number) {
  std::memcpy(&file[at.offset], &number, at.bytes);  // the low bytes come first
}

void put_float(Bytes& file, const FieldPlace& at, Dice& dice) {
  float number = 0;
  std::memcpy(&number, &file[at.offset], 4);
  number = other_float(dice, number);
  std::memcpy(&file[at.offset], &number, 4);
}

/// Operators that take and give alike: one in the place of another is often a model.
constexpr std::array<std::array<std::int64_t, 8>, 5> families{{{14, 28, 19, 21, 98, 117, 25, 19},
                                                               {0, 41, 18, 0, 41, 18, 2, 83},
                                                               {1, 17, 1, 17, 3, 4, 9, 27},
                                                               {23, 97, 34, 60, 22, 39, 40, 70},
                                                               {22, 43, 70, 114, 6, 45, 65, 49}}};

std::int64_t other_operator(Dice& dice, std::int64_t old) {
  if (dice.one_in(8)) return other_number(dice, old);
  for (const auto& family : families)
    if (std::ranges::find(family, old) != family.end() && !dice.one_in(4)) return dice.pick(family);
  return dice.pick(dice.pick(families));
}

/// Another number of its kind: of those that are imported, mostly.
void mutate_field(Bytes& file, FieldKind kind, const FieldPlace& at, Dice& dice) {
  static constexpr std::int64_t elements[]{0, 2, 4, 7, 9};
  const std::int64_t old = number_at(file, at);
  const bool real = kind == FieldKind::scale ||
                    (kind == FieldKind::option && at.bytes == 4 && dice.one_in(6)) ||
                    (kind == FieldKind::constant && dice.one_in(2));
  if (real && at.bytes == 4) return put_float(file, at, dice);
  if (kind == FieldKind::operator_kind) return put_number(file, at, other_operator(dice, old));
  if (kind == FieldKind::element_kind && !dice.one_in(8)) return put_number(file, at, dice.pick(elements));
  if (kind == FieldKind::tensor && !dice.one_in(4))
    return put_number(file, at, static_cast<std::int64_t>(dice.below(12)));
  if (kind == FieldKind::length && !dice.one_in(4))
    return put_number(file, at, old + (dice.one_in(3) ? 1 : -1));
  if (kind == FieldKind::option && !dice.one_in(3))
    return put_number(file, at, static_cast<std::int64_t>(dice.below(5)));
  put_number(file, at, other_number(dice, old));
}

/// One number becomes the same other in every shape, and in small constants, which may hold shapes too.
void mutate_extent_everywhere(Bytes& file, const TfliteFields& fields, Dice& dice) {
  const auto& extents = fields[static_cast<std::size_t>(FieldKind::extent)];
  const std::int64_t old = number_at(file, dice.pick(extents));
  const std::int64_t other =
      dice.one_in(3) ? other_number(dice, old) : static_cast<std::int64_t>(1 + dice.below(12));
  for (const FieldKind kind : {FieldKind::extent, FieldKind::constant})
    for (const FieldPlace& at : fields[static_cast<std::size_t>(kind)])
      if (at.bytes == 4 && number_at(file, at) == old) put_number(file, at, other);
}

}  // namespace

TfliteFields fields_of_tflite(const Bytes& file) {
  flatbuffers::Verifier verifier(file.data(), file.size());
  if (file.size() < 8 || !verifier.VerifyBuffer<host::tflite::ModelTable>("TFL3")) return {};
  return Walk(file).fields();
}

bool mutate_tflite(Bytes& file, Dice& dice) {
  const TfliteFields fields = fields_of_tflite(file);
  // What may change and leave a model is chosen more often.
  static constexpr std::size_t often[field_kinds]{1, 1, 2, 2, 2, 3, 3, 6, 1, 4};
  std::vector<std::size_t> kinds;
  for (std::size_t kind = 0; kind < field_kinds; ++kind)
    if (!fields[kind].empty()) kinds.insert(kinds.end(), often[kind], kind);
  if (kinds.empty()) return false;
  if (!fields[static_cast<std::size_t>(FieldKind::extent)].empty() && dice.one_in(5)) {
    mutate_extent_everywhere(file, fields, dice);
    return true;
  }
  for (std::size_t count = dice.one_in(2) ? 1 : 1 + dice.below(3); count > 0; --count) {
    const std::size_t kind = dice.pick(kinds);
    mutate_field(file, static_cast<FieldKind>(kind), dice.pick(fields[kind]), dice);
  }
  return true;
}

}  // namespace etch::fuzz
