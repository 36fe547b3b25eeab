// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/statements.hpp>
#include <codegen/declare/write_declaration.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/declare/hash.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <runtime/host/files/model_file.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace etch::host {

namespace {

using namespace declare;

constexpr std::size_t longest_line = 110;

/// Where to break a line that is too long: behind the last comma within `room` of those in the fewest braces.
std::size_t break_of(const std::string& line, std::size_t room) {
  std::size_t best = std::string::npos;
  int depth = 0, fewest = 0;
  for (std::size_t i = 0; i + 1 < line.size() && i < room; ++i) {
    if (line[i] == '{' || line[i] == '(') ++depth;
    if (line[i] == '}' || line[i] == ')') --depth;
    if (line[i] != ',' || line[i + 1] != ' ' || (best != std::string::npos && depth > fewest)) continue;
    best = i;
    fewest = depth;
  }
  return best;
}

/// A statement, in lines that are not too long.
void put(std::string& text, std::string line, const std::string& indent) {
  std::string before = indent;
  while (before.size() + line.size() > longest_line) {
    const std::size_t comma = break_of(line, longest_line - before.size());
    if (comma == std::string::npos) break;
    text += before + line.substr(0, comma + 1) + "\n";
    line.erase(0, comma + 2);
    before = indent + "    ";
  }
  text += before + line + "\n";
}

/// So many layers stand in the arguments of `sequential`; more are added by a function.
constexpr std::size_t most_arguments = 12;

std::string sequential_text(const Declaration& d) {
  const std::vector<std::string> lines = with_loops(layers_of_chain(d));
  const std::string begin = "sequential(Input" + text_of(d.inputs[0].shape);
  std::string text;
  if (d.calls.size() <= most_arguments && lines.size() == d.calls.size()) {
    text = begin + ",\n";
    for (const LayerCall& call : d.calls)
      put(text, call.form.text(call.name) + (&call == &d.calls.back() ? ")" : ","), "      ");
    text.pop_back();
    return text;
  }
  text = begin + ", [](Stack& model) {\n";
  for (const std::string& line : lines) put(text, line, "    ");
  return text + "  })";
}

std::string functional_text(const Declaration& d) {
  const FunctionBody body = body_of(d);
  std::string text = "functional([](Builder& g) {\n";
  for (const std::string& line : body.inputs) put(text, line, "    ");
  for (const std::string& line : with_loops(body.calls)) put(text, line, "    ");
  return text + "    return " + body.result + ";\n  })";
}

/// Whether a text has a word: a variable of that name would stand in the way of it.
bool has_word(const std::string& text, const std::string& word) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

/// Words that cannot name a variable in the global namespace, where the declaration is.
constexpr std::string_view reserved[]{"alignas",
                                      "alignof",
                                      "and",
                                      "and_eq",
                                      "asm",
                                      "auto",
                                      "bitand",
                                      "bitor",
                                      "bool",
                                      "break",
                                      "case",
                                      "catch",
                                      "char",
                                      "char16_t",
                                      "char32_t",
                                      "char8_t",
                                      "class",
                                      "co_await",
                                      "co_return",
                                      "co_yield",
                                      "compl",
                                      "concept",
                                      "const",
                                      "consteval",
                                      "constexpr",
                                      "constinit",
                                      "const_cast",
                                      "continue",
                                      "decltype",
                                      "default",
                                      "delete",
                                      "do",
                                      "double",
                                      "dynamic_cast",
                                      "else",
                                      "enum",
                                      "etch",
                                      "explicit",
                                      "export",
                                      "extern",
                                      "false",
                                      "float",
                                      "for",
                                      "friend",
                                      "goto",
                                      "if",
                                      "inline",
                                      "int",
                                      "long",
                                      "main",
                                      "mutable",
                                      "namespace",
                                      "new",
                                      "noexcept",
                                      "not",
                                      "not_eq",
                                      "nullptr",
                                      "operator",
                                      "or",
                                      "or_eq",
                                      "private",
                                      "protected",
                                      "public",
                                      "register",
                                      "reinterpret_cast",
                                      "requires",
                                      "return",
                                      "short",
                                      "signed",
                                      "sizeof",
                                      "static",
                                      "static_assert",
                                      "static_cast",
                                      "std",
                                      "struct",
                                      "switch",
                                      "template",
                                      "this",
                                      "thread_local",
                                      "throw",
                                      "true",
                                      "try",
                                      "typedef",
                                      "typeid",
                                      "typename",
                                      "union",
                                      "unsigned",
                                      "using",
                                      "virtual",
                                      "void",
                                      "volatile",
                                      "wchar_t",
                                      "while",
                                      "xor",
                                      "xor_eq"};

bool is_reserved(const std::string& name) {
  return std::ranges::find(reserved, name) != std::ranges::end(reserved);
}

std::string count_of(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// In the order of the declaration's weights, by their names.
struct NamedWeights {
  std::vector<std::string> names;
  std::vector<ModelTensor> tensors;
};

NamedWeights named_weights(const Traced& traced, const Declaration& d, const ImportedModel& model) {
  const auto& parameters = traced.builder->graph.parameters;
  NamedWeights weights;
  for (int p = 0; p < parameters.count; ++p) {
    std::string name(static_cast<std::size_t>(etch::detail::length_of_parameter(*traced.notes, p)), ' ');
    etch::detail::TextWriter writer{name.data()};
    etch::detail::put_parameter(writer, *traced.notes, p);
    weights.names.push_back(std::move(name));
  }
  for (int p = 0; p < parameters.count; ++p) {
    const auto at = static_cast<std::size_t>(p);
    const Shape& shape = parameters.item[p].shape;
    const auto& bytes = model.parameters[static_cast<std::size_t>(d.sources[at])];
    ModelTensor tensor;
    tensor.name = weights.names[at];
    tensor.shape = {shape.dim.data(), static_cast<std::size_t>(shape.rank)};
    tensor.data = {const_cast<std::byte*>(bytes.data()), bytes.size()};  // what is saved is only read
    weights.tensors.push_back(tensor);
  }
  return weights;
}

}  // namespace

std::string header_of(const Declaration& declaration, const DeclarationText& text) {
  const Traced traced = trace(declaration);
  long long numbers = 0;
  for (const Parameter& parameter : traced.builder->graph.parameters) numbers += parameter.shape.size();
  std::string model = is_chain(declaration) ? sequential_text(declaration) : functional_text(declaration);
  if (declaration.numerics == Numerics::fused) model = "with_numerics(Numerics::fused, " + model + ")";
  const std::string name =
      is_reserved(text.name) || has_word(model, text.name) ? text.name + "_model" : text.name;
  const std::string counts = "// " + count_of(declaration.calls.size(), "call") + " of layers, " +
                             count_of(static_cast<std::size_t>(numbers), "parameter") + ":";
  const std::string load = "`load_weights(\"" + text.weights + "\")` of a trainer takes them.";
  const bool fits = counts.size() + 1 + load.size() <= longest_line;
  return "// " + text.origin + "\n" + counts + (fits ? " " : "\n// ") + load +
         "\n#pragma once\n#include <etch/etch.hpp>\n\ninline constexpr auto " + name +
         " = [] {\n  using namespace etch;\n  return " + model + ";\n}();\n";
}

void save_declared(const Declaration& declaration, const ImportedModel& model,
                   const std::filesystem::path& path) {
  const Traced traced = trace(declaration);
  const auto& graph = traced.builder->graph;
  const NamedWeights weights = named_weights(traced, declaration, model);
  const std::string text = graph_text(graph);
  ModelIdentity identity;
  identity.graph = structure_hash(graph);
  identity.text = text;
  save_model_file(path, identity, weights.tensors, nullptr);
}

}  // namespace etch::host
