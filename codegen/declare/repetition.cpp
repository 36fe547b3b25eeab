// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/repetition.hpp>

#include <algorithm>
#include <string_view>

namespace etch::host::declare {

namespace {

constexpr std::size_t most_variables = 3;
constexpr std::size_t most_places = 8;

/// Pairs of which each is one number twice are written as such numbers.
const char* type_of(const LayerForm::Member& member, const std::vector<std::string>& values) {
  const bool pairs = std::ranges::any_of(values, [](const auto& value) { return value.starts_with('{'); });
  return std::string_view(member.type) == "Pair" && !pairs ? "int" : member.type;
}

/// "for (int filters : {16, 32}) {"
std::string head_of(const LoopVariable& variable) {
  std::vector<std::string> values = variable.values;
  if (std::string_view(variable.type) == "Pair")
    for (std::string& value : values) value = "Pair" + (value[0] == '{' ? value : "{" + value + "}");
  return std::string("for (") + variable.type + " " + variable.name + " : {" + joined(values) + "}) {";
}

/// "constexpr struct { int filters, strides; } blocks[]{{16, 1}, {32, 2}};"
std::string table_of(const std::vector<LoopVariable>& variables, const std::string& name) {
  std::string members;
  std::string_view type;
  for (const LoopVariable& variable : variables) {
    if (variable.type != type) members += (members.empty() ? "" : "; ") + std::string(variable.type) + " ";
    members += (variable.type == type ? ", " : "") + variable.name;
    type = variable.type;
  }
  std::vector<std::string> rows;
  for (std::size_t block = 0; block < variables[0].values.size(); ++block) {
    std::vector<std::string> row;
    for (const LoopVariable& variable : variables) row.push_back(variable.values[block]);
    rows.push_back("{" + joined(row) + "}");
  }
  return "constexpr struct { " + members + "; } " + name + "[]{" + joined(rows) + "};";
}

}  // namespace

const LayerForm::Member& Repetition::member(const Place& place, std::size_t block) const {
  return statements_[block * length_ + place.statement].call->form.members[place.member];
}

bool Repetition::grow() {
  if ((times_ + 1) * length_ > statements_.size()) return false;
  std::vector<Place> places = places_;
  for (std::size_t s = 0; s < length_; ++s) {
    const Statement &first = statements_[s], &next = statements_[times_ * length_ + s];
    if (first.before != next.before || first.after != next.after || !first.call != !next.call) return false;
    if (!first.call) continue;
    const LayerForm &a = first.call->form, &b = next.call->form;
    if (a.type != b.type || a.repeat != b.repeat || a.members.size() != b.members.size() ||
        first.call->name != next.call->name)
      return false;
    for (std::size_t m = 0; m < a.members.size(); ++m) {
      const LayerForm::Member &one = a.members[m], &other = b.members[m];
      if (one.name != other.name) return false;
      if (one.text == other.text) continue;
      if (!*one.type) return false;
      const Place place{s, m};
      if (std::ranges::find(places, place) == places.end()) places.push_back(place);
    }
  }
  if (places.size() > most_places) return false;
  const auto order = [](const Place& place) { return std::pair(place.statement, place.member); };
  std::ranges::sort(places, {}, order);
  places_ = std::move(places);
  ++times_;
  return true;
}

std::vector<std::string> Repetition::values_at(const Place& place) const {
  std::vector<std::string> values;
  for (std::size_t block = 0; block < times_; ++block) values.push_back(member(place, block).text);
  return values;
}

std::vector<LoopVariable> Repetition::variables(std::vector<std::string>* names) const {
  std::vector<LoopVariable> variables;
  for (const Place& place : places_) {
    const LayerForm::Member& first = member(place, 0);
    std::vector<std::string> values = values_at(place);
    const char* type = type_of(first, values);
    const auto same = [&](const LoopVariable& v) {
      return v.name.starts_with(first.name) && v.values == values && std::string_view(v.type) == type;
    };
    auto found = std::ranges::find_if(variables, same);
    if (found == variables.end()) {
      const auto namesakes =
          std::ranges::count_if(variables, [&](auto& v) { return v.name.starts_with(first.name); });
      const std::string suffix = namesakes > 0 ? "_" + std::to_string(namesakes + 1) : "";
      found = variables.insert(variables.end(), {first.name + suffix, type, std::move(values)});
    }
    if (names) names->push_back(found->name);
  }
  return variables;
}

std::size_t Repetition::lines() const {
  constexpr std::size_t row = 90, none = 1000000;  // letters in a line of the table
  if (places_.empty()) return length_ + 2;
  const std::vector<LoopVariable> all = variables();
  if (all.size() > most_variables) return none;
  if (all.size() == 1) return length_ + 3;
  return length_ + 4 + table_of(all, "blocks").size() / row;
}

bool Repetition::begins_well() const {
  const LayerCall* call = statements_[0].call;
  return call && std::ranges::any_of(call->form.members, [](const LayerForm::Member& member) {
           return !member.is_default &&
                  (member.name == "filters" || member.name == "units" || member.name == "kernel_size");
         });
}

std::string Repetition::text_of_statement(std::size_t s, const std::vector<std::string>& names) const {
  const Statement& statement = statements_[s];
  if (!statement.call) return statement.text();
  LayerCall call = *statement.call;
  for (std::size_t p = 0; p < places_.size(); ++p) {
    if (places_[p].statement != s) continue;
    LayerForm::Member& member = call.form.members[places_[p].member];
    member.text = names[p];
    member.is_default = false;
  }
  return Statement{statement.before, statement.after, &call}.text();
}

std::vector<std::string> Repetition::loop(const std::string& table) const {
  std::vector<std::string> names, lines;
  const std::vector<LoopVariable> all = variables(&names);
  if (all.empty()) {
    lines.push_back("for (int i = 0; i < " + std::to_string(times_) + "; ++i) {");
  } else if (all.size() == 1) {
    lines.push_back(head_of(all[0]));
  } else {
    std::vector<std::string> members;
    for (const LoopVariable& variable : all) members.push_back(variable.name);
    lines.push_back(table_of(all, table));
    lines.push_back("for (const auto& [" + joined(members) + "] : " + table + ") {");
  }
  for (std::size_t s = 0; s < length_; ++s) lines.push_back("  " + text_of_statement(s, names));
  lines.emplace_back("}");
  return lines;
}

}  // namespace etch::host::declare
