// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/import_context.hpp>
#include <codegen/formats/onnx/file.hpp>
#include <codegen/formats/onnx/import.hpp>
#include <codegen/formats/onnx/value.hpp>

#include <set>
#include <unordered_map>

namespace etch::host::onnx {

/// Where a result goes that is computed in whole numbers: its quantization, and what it is held between.
struct WholeResult {
  std::string name;
  Quantization quantization;
  DataType type = DataType::int8;
  int8::Bounds bounds{};
  std::vector<const FileNode*> nodes{};  ///< that are done with the step
};

/// The node that is imported, with what its names stand for. Everything that is read from the file is checked
/// before it is used: a file can be wrong in any way.
class Context : public ImportContext {
 public:
  Context(const File& file, const std::string& name, const Choices& choices);
  /// Throws one `Error` for all nodes that are refused.
  OnnxModel import();

  const FileNode& node() const { return *node_; }
  int opset() const { return node_->opset; }

  // Attributes.
  bool has(const char* name) const { return node_->attribute(name) != nullptr; }
  std::int64_t integer(const char* name, std::int64_t otherwise) const;
  double real(const char* name, double otherwise) const;
  std::string text(const char* name, const std::string& otherwise) const;
  std::optional<std::vector<std::int64_t>> list(const char* name) const;
  /// A list that was an attribute and became input `i` in opset `since`; nothing where it is left out.
  std::optional<std::vector<std::int64_t>> list_or_input(const char* name, int i, int since) const;
  int axis_of(std::int64_t axis, std::size_t rank) const;

  // Inputs.
  int inputs() const { return static_cast<int>(node_->inputs.size()); }
  int outputs() const { return static_cast<int>(node_->outputs.size()); }
  bool has_input(int i) const;
  bool has_output(int i) const;
  bool is_read(int output) const;  ///< by another node, or by who runs the model
  const Known& known(int i) const;
  bool is_constant(int i) const { return known(i).is_constant(); }
  /// Numbers that have to be known, since they shape what is computed.
  const Array& constant(int i, const char* what) const;
  std::vector<std::int64_t> whole_numbers(int i, const char* what) const;
  float number(int i, const char* what) const;
  /// What some step computes, as it is, or as reals.
  const Live& stored(int i) const;
  Live live(int i);
  const Dims& dims(int i) const;

  // Results.
  void define(const Live& value, int output = 0);
  void define(Array value, int output = 0);
  void define_known(Known&& value, int output = 0);
  void define_named(const std::string& name, const Live& value);

  // Steps: their results lie as `like` does, unless they are told.
  Live add(int op, const Words& attributes, const Live& like, ElementType type,
           std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants = {});
  Live real_step(int op, const Words& attributes, const Live& x,
                 const std::vector<ConstantArray>& constants = {});
  /// A step that takes `times` samples one after another.
  Tensor add_repeated(int times, int op, const Words& attributes, const Shape& in, const Shape& out,
                      ElementType type, const Tensor& x, const std::vector<ConstantArray>& constants);
  std::vector<Tensor> add_many(int times, int op, const Words& attributes, std::span<const Shape> outs,
                               std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants);
  Live activated(const Live& x, ActivationKind kind);
  Live affine(const Live& x, float scale, float offset);

  // Where numbers lie: arrange.cpp.
  Live ordered(const Live& x, const std::vector<int>& axes);
  Live natural(const Live& x);
  Live channels_last(const Live& x);
  /// With the numbers along `axis` in their order.
  Live plain(const Live& x, int axis) { return x.layout.is_plain(axis) ? x : natural(x); }
  Live reshaped(const Live& x, const Dims& dims);
  Live transposed(const Live& x, const std::vector<int>& axes) const;
  /// With `axes` in one block, rows of the others around it.
  std::pair<Live, Layout::Block> with_block(const Live& x, const std::vector<int>& axes);
  /// \param to of the same atoms, perhaps cut.
  Live moved_to(const Live& x, const Layout& to);
  Live as_real(const Live& x);
  /// The same of whole numbers that nobody said a scale of: they are themselves.
  Live as_numbers(const Live& x);

  /// Where the only reader of a result, perhaps behind Relu or Clip, makes whole numbers of it: these nodes
  /// are then done.
  std::optional<WholeResult> whole_result(bool activations = true);
  void note_once(const Live& value, const std::string& name);
  void define_whole(const WholeResult& to, const Live& like, const Tensor& result);

 private:
  struct Refusal {
    std::string what;
    int count = 1;
  };

  Known& value_of(const std::string& name);
  void import_ends();
  void import_input(const FileEnd& end);
  void import_nodes();
  void import_one(const FileNode& node, int index);
  bool reads_refused(const FileNode& node) const;
  void refused(const FileNode& node, const std::string& why);
  void give_outputs(OnnxModel& to);
  [[noreturn]] void report() const;
  std::vector<SourceOperator> source_operators() const;
  Live moved_once(const Live& x, const Layout& to);
  const FileNode* only_reader(const std::string& name) const;
  bool hold_between(const FileNode& node, int8::RealBounds& bounds) const;

  const File& file_;
  const Choices& choices_;
  const FileNode* node_ = nullptr;
  std::unordered_map<std::string, Known> values_;
  std::unordered_map<std::string, std::vector<const FileNode*>> readers_;
  std::set<std::string> results_;        // of the model
  std::map<std::string, int> merged_;    // results that are none of their own: the value that has them
  std::set<const FileNode*> done_;       // with another node
  std::map<std::string, int> refusals_;  // how often
  std::vector<std::string> refusal_order_;
  std::int64_t folded_bytes_ = 0;  // of constants that nodes computed
  bool broken_ = false;            // the graph takes no more steps
  int moves_ = 0;                  // of numbers to other places
};

}  // namespace etch::host::onnx
