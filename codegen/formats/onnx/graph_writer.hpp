// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/file.hpp>
#include <codegen/model/imported_model.hpp>

#include <initializer_list>
#include <set>

namespace etch::host::onnx {

FileAttribute integer_attribute(const char* name, std::int64_t value);
FileAttribute integers_attribute(const char* name, std::vector<std::int64_t> values);
FileAttribute real_attribute(const char* name, float value);
FileAttribute text_attribute(const char* name, std::string text);
FileAttribute texts_attribute(const char* name, const std::vector<std::string>& texts);

/// Makes the nodes of a file from the steps of a model. A value has a tensor with its channels last, one with
/// them first, or both once both are asked for.
class GraphWriter {
 public:
  using Names = std::vector<std::string>;

  explicit GraphWriter(const ImportedModel& model);

  const Graph<declaration_capacity>& graph() const { return *model_.graph; }
  [[noreturn]] void refuse(const std::string& why) const;
  void require(bool holds, const char* why) const {
    if (!holds) refuse(why);
  }
  /// Nodes that follow are of this step.
  void begin(int step);

  /// A node of one result, whose name comes back.
  std::string node(const char* op, Names inputs, std::vector<FileAttribute> attributes = {});
  /// The same of the result `which` of several.
  std::string node_of_many(const char* op, Names inputs, std::vector<FileAttribute> attributes, int which,
                           int results);
  std::string constant(Array array);
  std::string number(float value);  ///< without axes

  /// Input `k` of a step as a tensor [1, shape...], channels last.
  std::string last(const Step& step, int k, const Shape& shape);
  /// The same with the channels in front: [1, channels, ...], of 2 or 3 axes.
  std::string first(const Step& step, int k, const Shape& shape);
  /// Whether input `k` is there with its channels first, in this shape.
  bool has_first(const Step& step, int k, const Shape& shape) const;
  void define_last(int value, const std::string& name, const Shape& shape);
  void define_first(int value, const std::string& name, const Shape& shape);

  /// The numbers of weight `k` of a step.
  Array weight(const Step& step, int k, const Dims& dims) const;

  File finish();

 private:
  struct Made {
    Shape shape;
    std::string last, first;
  };
  Made& made(const Step& step, int k);
  std::string unique(const std::string& wanted);
  std::string in_shape(const std::string& tensor, const Shape& shape);
  void add_end(std::vector<FileEnd>& list, const std::string& name, const Shape& shape);

  const ImportedModel& model_;
  File file_;
  std::vector<Made> made_;  // by value
  std::set<std::string> names_;
  int step_ = -1;
  std::string hint_;
};

}  // namespace etch::host::onnx
