// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <flatbuffers/flatbuffers.h>

#include <string>
#include <vector>

/// The tables of a .tflite file that are read, with the field numbers of TensorFlow Lite's published schema
/// (version 3). Each verifies itself; fields that are not listed are not read.
namespace etch::host::tflite {

/// A table whose fields are named by their number in the schema.
class NumberedTable : protected flatbuffers::Table {
 protected:
  using Verifier = flatbuffers::Verifier;
  static constexpr flatbuffers::voffset_t slot(int number) {
    return static_cast<flatbuffers::voffset_t>(4 + 2 * number);
  }
  template <class T>
  T scalar(int number, T otherwise = {}) const {
    return GetField<T>(slot(number), otherwise);
  }
  template <class T>
  const T* child(int number) const {
    return GetPointer<const T*>(slot(number));
  }
  template <class T>
  bool scalar_holds(Verifier& v, int number) const {
    return VerifyField<T>(v, slot(number), sizeof(T));
  }
  template <class T>
  bool vector_holds(Verifier& v, int number) const {
    return VerifyOffset(v, slot(number)) && v.VerifyVector(child<flatbuffers::Vector<T>>(number));
  }
  template <class T>
  bool tables_hold(Verifier& v, int number) const {
    using Tables = flatbuffers::Vector<flatbuffers::Offset<T>>;
    return vector_holds<flatbuffers::Offset<T>>(v, number) && v.VerifyVectorOfTables(child<Tables>(number));
  }
  bool text_holds(Verifier& v, int number) const {
    return VerifyOffset(v, slot(number)) && v.VerifyString(child<flatbuffers::String>(number));
  }
  template <class T>
  bool table_holds(Verifier& v, int number) const {
    return VerifyOffset(v, slot(number)) && v.VerifyTable(child<T>(number));
  }
};

template <class T>
using Tables = flatbuffers::Vector<flatbuffers::Offset<T>>;

struct QuantizationTable : NumberedTable {
  const flatbuffers::Vector<float>* scale() const { return child<flatbuffers::Vector<float>>(2); }
  const flatbuffers::Vector<std::int64_t>* zero_point() const {
    return child<flatbuffers::Vector<std::int64_t>>(3);
  }
  std::uint8_t details_type() const { return scalar<std::uint8_t>(4); }
  std::int32_t dimension() const { return scalar<std::int32_t>(6); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && vector_holds<float>(v, 2) && vector_holds<std::int64_t>(v, 3) &&
           scalar_holds<std::uint8_t>(v, 4) && scalar_holds<std::int32_t>(v, 6) && v.EndTable();
  }
};

/// A list of whole numbers, of a type that the table before it says.
struct NumbersTable : NumberedTable {
  template <class T>
  std::vector<int> numbers() const {
    const auto* values = child<flatbuffers::Vector<T>>(0);
    return values ? std::vector<int>(values->begin(), values->end()) : std::vector<int>();
  }
  template <class T>
  bool holds(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && vector_holds<T>(v, 0) && v.EndTable();
  }
};

/// One level of a sparse tensor: all places of an axis, or those that it lists.
struct SparseLevelTable : NumberedTable {
  std::uint8_t format() const { return scalar<std::uint8_t>(0); }
  std::int32_t dense_size() const { return scalar<std::int32_t>(1); }
  std::vector<int> segments() const { return listed(2); }
  std::vector<int> places() const { return listed(4); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && scalar_holds<std::uint8_t>(v, 0) && scalar_holds<std::int32_t>(v, 1) &&
           listed_holds(v, 2) && listed_holds(v, 4) && v.EndTable();
  }

 private:
  enum Kind : std::uint8_t { none, of_int32, of_uint16, of_uint8 };
  /// \param number of the list's kind; the list is the field behind it.
  std::vector<int> listed(int number) const {
    const auto* table = child<NumbersTable>(number + 1);
    if (!table) return {};
    switch (scalar<std::uint8_t>(number)) {
      case of_int32:
        return table->numbers<std::int32_t>();
      case of_uint16:
        return table->numbers<std::uint16_t>();
      case of_uint8:
        return table->numbers<std::uint8_t>();
      default:
        return {};
    }
  }
  bool listed_holds(flatbuffers::Verifier& v, int number) const {
    if (!scalar_holds<std::uint8_t>(v, number) || !VerifyOffset(v, slot(number + 1))) return false;
    const auto* table = child<NumbersTable>(number + 1);
    if (!table) return true;
    switch (scalar<std::uint8_t>(number)) {
      case of_int32:
        return table->holds<std::int32_t>(v);
      case of_uint16:
        return table->holds<std::uint16_t>(v);
      case of_uint8:
        return table->holds<std::uint8_t>(v);
      default:
        return true;  // it is not read
    }
  }
};

/// Where the numbers of a sparse tensor belong.
struct SparsityTable : NumberedTable {
  const flatbuffers::Vector<std::int32_t>* traversal_order() const {
    return child<flatbuffers::Vector<std::int32_t>>(0);
  }
  const flatbuffers::Vector<std::int32_t>* block_map() const {
    return child<flatbuffers::Vector<std::int32_t>>(1);
  }
  const Tables<SparseLevelTable>* levels() const { return child<Tables<SparseLevelTable>>(2); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && vector_holds<std::int32_t>(v, 0) && vector_holds<std::int32_t>(v, 1) &&
           tables_hold<SparseLevelTable>(v, 2) && v.EndTable();
  }
};

struct TensorTable : NumberedTable {
  const flatbuffers::Vector<std::int32_t>* shape() const {
    return child<flatbuffers::Vector<std::int32_t>>(0);
  }
  std::int8_t type() const { return scalar<std::int8_t>(1); }
  std::uint32_t buffer() const { return scalar<std::uint32_t>(2); }
  const flatbuffers::String* name() const { return child<flatbuffers::String>(3); }
  const QuantizationTable* quantization() const { return child<QuantizationTable>(4); }
  bool variable() const { return scalar<std::uint8_t>(5) != 0; }
  const SparsityTable* sparsity() const { return child<SparsityTable>(6); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && vector_holds<std::int32_t>(v, 0) && scalar_holds<std::int8_t>(v, 1) &&
           scalar_holds<std::uint32_t>(v, 2) && text_holds(v, 3) && table_holds<QuantizationTable>(v, 4) &&
           scalar_holds<std::uint8_t>(v, 5) && table_holds<SparsityTable>(v, 6) && v.EndTable();
  }
};

/// Options of any kind of operator: which fields there are depends on the kind, so each is verified as it is
/// read.
struct OptionsTable : NumberedTable {
  /// The scalar of a field; `holds` becomes false where the field does not lie within the file.
  template <class T>
  T read(flatbuffers::Verifier& v, int number, T otherwise, bool& holds) const {
    if (!scalar_holds<T>(v, number)) return holds = false, otherwise;
    return scalar<T>(number, otherwise);
  }
  const flatbuffers::Vector<std::int32_t>* numbers(flatbuffers::Verifier& v, int number, bool& holds) const {
    if (!vector_holds<std::int32_t>(v, number)) return holds = false, nullptr;
    return child<flatbuffers::Vector<std::int32_t>>(number);
  }
  /// As `read`; empty where there is none.
  std::string text(flatbuffers::Verifier& v, int number, bool& holds) const {
    if (!text_holds(v, number)) return holds = false, std::string();
    const auto* found = child<flatbuffers::String>(number);
    return found ? found->str().substr(0, 200) : std::string();
  }
  bool Verify(flatbuffers::Verifier& v) const { return VerifyTableStart(v) && v.EndTable(); }
};

struct OperatorTable : NumberedTable {
  std::uint32_t code() const { return scalar<std::uint32_t>(0); }
  const flatbuffers::Vector<std::int32_t>* inputs() const {
    return child<flatbuffers::Vector<std::int32_t>>(1);
  }
  const flatbuffers::Vector<std::int32_t>* outputs() const {
    return child<flatbuffers::Vector<std::int32_t>>(2);
  }
  std::uint8_t options_type() const { return scalar<std::uint8_t>(3); }
  const OptionsTable* options() const { return child<OptionsTable>(4); }
  const flatbuffers::Vector<std::uint8_t>* custom_options() const {
    return child<flatbuffers::Vector<std::uint8_t>>(5);
  }
  const flatbuffers::Vector<std::int32_t>* intermediates() const {
    return child<flatbuffers::Vector<std::int32_t>>(8);
  }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && scalar_holds<std::uint32_t>(v, 0) && vector_holds<std::int32_t>(v, 1) &&
           vector_holds<std::int32_t>(v, 2) && scalar_holds<std::uint8_t>(v, 3) &&
           table_holds<OptionsTable>(v, 4) && vector_holds<std::uint8_t>(v, 5) &&
           vector_holds<std::int32_t>(v, 8) && v.EndTable();
  }
};

struct OperatorCodeTable : NumberedTable {
  /// Codes above 127 stand in the second field alone.
  std::int32_t code() const {
    const std::int32_t first = scalar<std::int8_t>(0), second = scalar<std::int32_t>(3);
    return second > first ? second : first;
  }
  const flatbuffers::String* custom() const { return child<flatbuffers::String>(1); }
  std::int32_t version() const { return scalar<std::int32_t>(2, 1); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && scalar_holds<std::int8_t>(v, 0) && text_holds(v, 1) &&
           scalar_holds<std::int32_t>(v, 2) && scalar_holds<std::int32_t>(v, 3) && v.EndTable();
  }
};

struct SubgraphTable : NumberedTable {
  const Tables<TensorTable>* tensors() const { return child<Tables<TensorTable>>(0); }
  const flatbuffers::Vector<std::int32_t>* inputs() const {
    return child<flatbuffers::Vector<std::int32_t>>(1);
  }
  const flatbuffers::Vector<std::int32_t>* outputs() const {
    return child<flatbuffers::Vector<std::int32_t>>(2);
  }
  const Tables<OperatorTable>* operators() const { return child<Tables<OperatorTable>>(3); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && tables_hold<TensorTable>(v, 0) && vector_holds<std::int32_t>(v, 1) &&
           vector_holds<std::int32_t>(v, 2) && tables_hold<OperatorTable>(v, 3) && v.EndTable();
  }
};

struct BufferTable : NumberedTable {
  const flatbuffers::Vector<std::uint8_t>* data() const {
    return child<flatbuffers::Vector<std::uint8_t>>(0);
  }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && vector_holds<std::uint8_t>(v, 0) && v.EndTable();
  }
};

struct ModelTable : NumberedTable {
  std::uint32_t version() const { return scalar<std::uint32_t>(0); }
  const Tables<OperatorCodeTable>* codes() const { return child<Tables<OperatorCodeTable>>(1); }
  const Tables<SubgraphTable>* subgraphs() const { return child<Tables<SubgraphTable>>(2); }
  const Tables<BufferTable>* buffers() const { return child<Tables<BufferTable>>(4); }
  bool Verify(flatbuffers::Verifier& v) const {
    return VerifyTableStart(v) && scalar_holds<std::uint32_t>(v, 0) && tables_hold<OperatorCodeTable>(v, 1) &&
           tables_hold<SubgraphTable>(v, 2) && tables_hold<BufferTable>(v, 4) && v.EndTable();
  }
};

}  // namespace etch::host::tflite
