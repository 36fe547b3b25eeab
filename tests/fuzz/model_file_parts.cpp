// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/etch/graph_reader.hpp>
#include <etch/model/declare/hash.hpp>
#include <runtime/host/files/model_file.hpp>
#include <runtime/safetensors_writer.hpp>
#include <tests/fuzz/model_file_parts.hpp>

#include <array>

namespace etch::fuzz {

namespace {

constexpr const char* metadata = "__metadata__";

std::string hexadecimal(std::uint64_t number, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*llx", digits, static_cast<unsigned long long>(number));
  return text.data();
}

/// Elements of a shape; 0 where it is none, or has too many.
std::size_t elements_of(const Json& shape, std::size_t most) {
  std::size_t elements = 1;
  if (!shape.is_array()) return 0;
  for (const Json& extent : shape) {
    if (!extent.is_number_integer() || extent < 1 || extent > most) return 0;
    elements *= extent.get<std::size_t>();
    if (elements > most) return 0;
  }
  return elements;
}

/// A member of an object, null where there is none.
Json* member(Json& of, const char* key) {
  const auto found = of.is_object() ? of.find(key) : of.end();
  return found == of.end() ? nullptr : &*found;
}

}  // namespace

std::optional<ModelFileParts> ModelFileParts::of(std::span<const std::uint8_t> file) {
  std::uint64_t length = 0;
  if (file.size() < 8) return std::nullopt;
  std::memcpy(&length, file.data(), 8);
  if (length > file.size() - 8) return std::nullopt;
  const auto text = file.subspan(8, length), rest = file.subspan(8 + length);
  ModelFileParts parts{Json::parse(text.begin(), text.end(), nullptr, false), {rest.begin(), rest.end()}};
  if (!parts.header.is_object()) return std::nullopt;
  return parts;
}

ModelFileParts ModelFileParts::of_graph(const std::string& graph_text) {
  ModelFileParts parts;
  for (std::size_t i = 0; i < 64; ++i)
    parts.data.push_back(static_cast<std::uint8_t>(i % 4 == 3 ? 0x3e : 53 * i));
  parts.set_graph_text(graph_text);
  parts.fit_weights(Json::parse(graph_text));
  parts.seal();
  return parts;
}

Bytes ModelFileParts::file() const {
  const std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::uint64_t length = text.size();
  Bytes bytes(8);
  std::memcpy(bytes.data(), &length, 8);
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string ModelFileParts::graph_text() const {
  const auto found = header.find(metadata);
  if (found == header.end() || !found->is_object()) return {};
  const auto text = found->find("etch.graph_text");
  return text != found->end() && text->is_string() ? text->get<std::string>() : std::string();
}

bool ModelFileParts::fit_weights(const Json& graph) {
  constexpr std::size_t most = 3000;
  const auto parameters = graph.is_object() ? graph.find("parameters") : graph.end();
  if (parameters == graph.end() || !parameters->is_array() || parameters->size() > 64) return false;
  Json fitted{{metadata, header[metadata]}};
  std::string order;
  std::size_t end = 0;
  for (const Json& p : *parameters) {
    const std::size_t elements = p.is_object() && p.contains("shape") ? elements_of(p["shape"], most) : 0;
    if (elements == 0 || end + 4 * elements > 4 * most) return false;
    const std::string name = "layer/" + std::to_string(fitted.size());
    fitted[name] = {{"dtype", "F32"}, {"shape", p["shape"]}, {"data_offsets", {end, end + 4 * elements}}};
    order += (order.empty() ? "" : "\n") + name;
    end += 4 * elements;
  }
  const Bytes old = data.empty() ? Bytes(4, 1) : data;
  data.resize(end);
  for (std::size_t i = old.size(); i < end; ++i) data[i] = old[i % old.size()];
  fitted[metadata]["etch.order"] = order;
  header = fitted;
  return true;
}

void ModelFileParts::seal() {
  const auto graph = host::read_graph_text(graph_text(), "model.safetensors");
  header[metadata][host::graph_key] = hexadecimal(structure_hash(*graph), 16);
  if (header[metadata].contains(safetensors_crc32_key))
    header[metadata][std::string(safetensors_crc32_key)] =
        hexadecimal(crc32(std::as_bytes(std::span(data))), 8);
}

namespace {

/// All values of a text of JSON, the lists and objects among them.
void collect(Json& from, std::vector<Json*>& to) {
  to.push_back(&from);
  if (!from.is_structured()) return;
  for (Json& item : from) collect(item, to);
}

void mutate_list(Json& list, Dice& dice) {
  if (list.empty()) return list.push_back(static_cast<int>(dice.below(4)));
  const std::size_t at = dice.below(list.size());
  switch (dice.below(3)) {
    case 0:
      list.erase(at);
      break;
    case 1:
      list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), Json(list[at]));
      break;
    default:
      std::swap(list[at], list[dice.below(list.size())]);
  }
}

void mutate_value(Json& value, const std::vector<Json*>& all, Dice& dice) {
  if (value.is_number() && !dice.one_in(20)) {
    value = value.is_number_integer() ? other_number(dice, value.get<std::int64_t>()) : 1;
  } else if (value.is_boolean()) {
    value = !value.get<bool>();
  } else if (value.is_array() && !dice.one_in(8)) {
    mutate_list(value, dice);
  } else if (value.is_object() && !value.empty() && !dice.one_in(4)) {
    auto member = value.begin();
    std::advance(member, static_cast<std::ptrdiff_t>(dice.below(value.size())));
    value.erase(member);
  } else {
    value = Json(*dice.pick(all));  // of another place
  }
}

/// Numbers, which are most of what matters, are chosen twice as often as all else.
void mutate_one(Json& root, Dice& dice) {
  std::vector<Json*> all, numbers;
  collect(root, all);
  for (Json* value : all)
    if (value->is_number()) numbers.push_back(value);
  const bool number = !numbers.empty() && !dice.one_in(3);
  const std::vector<Json*>& from = number ? numbers : all;
  mutate_value(*dice.pick(from), all, dice);
}

/// One extent becomes another wherever it stands in a shape or an attribute.
void mutate_everywhere(Json& graph, Dice& dice) {
  std::vector<Json*> all, numbers;
  collect(graph, all);
  for (Json* value : all)
    if (value->is_number_integer() && *value > 1 && *value < 1000) numbers.push_back(value);
  if (numbers.empty()) return;
  const Json old = *dice.pick(numbers);
  const auto other = static_cast<std::int64_t>(1 + dice.below(10));
  for (Json* number : numbers)
    if (*number == old) *number = other;
}

/// An op's name becomes another's.
void mutate_op(Json& graph, Dice& dice) {
  Json* const steps = member(graph, "steps");
  if (!steps || !steps->is_array() || steps->empty()) return;
  Json& step = (*steps)[dice.below(steps->size())];
  const int op = static_cast<int>(dice.below(OpList::size));
  if (step.is_object()) step["op"] = visit_op(op, [](auto o) { return std::string(decltype(o)::name); });
}

void set_elements(Json& graph, const Json* number, std::size_t elements) {
  Json* const values = member(graph, "values");
  if (!values || !values->is_array() || !number || !number->is_number_unsigned() || elements == 0) return;
  const auto at = number->get<std::size_t>();
  if (at < values->size() && (*values)[at].is_object()) (*values)[at]["elements"] = elements;
}

/// Values get the elements of the shapes that they are used with.
void agree_on_elements(Json& graph) {
  constexpr std::size_t most = 1 << 26;
  if (Json* const parameters = member(graph, "parameters"); parameters && parameters->is_array())
    for (std::size_t p = 0; p < parameters->size(); ++p) {
      const Json number = p;
      if (const Json* shape = member((*parameters)[p], "shape"))
        set_elements(graph, &number, elements_of(*shape, most));
    }
  for (const char* ends : {"inputs", "outputs"})
    if (Json* const list = member(graph, ends); list && list->is_array())
      for (Json& end : *list)
        if (const Json* shape = member(end, "shape"))
          set_elements(graph, member(end, "value"), elements_of(*shape, most));
  if (Json* const steps = member(graph, "steps"); steps && steps->is_array())
    for (Json& step : *steps)
      for (const auto& [shape_key, key] : {std::pair("in", "inputs"), std::pair("out", "outputs")}) {
        const Json *shape = member(step, shape_key), *operands = member(step, key),
                   *repeat = member(step, "repeat");
        if (!shape || !operands || !operands->is_array() || operands->empty()) continue;
        const bool once = !repeat || !repeat->is_number_unsigned() || *repeat > 100;
        set_elements(graph, &(*operands)[0],
                     elements_of(*shape, most) * (once ? 1 : repeat->get<std::size_t>()));
      }
}

}  // namespace

void mutate_json(Json& root, Dice& dice) {
  for (std::size_t count = dice.one_in(2) ? 1 : 1 + dice.below(3); count > 0; --count) mutate_one(root, dice);
}

void mutate_graph(Json& graph, Dice& dice) {
  switch (dice.below(6)) {
    case 0:
      mutate_op(graph, dice);
      break;
    case 1:
      mutate_everywhere(graph, dice);
      break;
    default:
      mutate_json(graph, dice);
  }
  if (!dice.one_in(5)) agree_on_elements(graph);
}

}  // namespace etch::fuzz
