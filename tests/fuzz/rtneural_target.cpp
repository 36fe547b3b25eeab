// SPDX-License-Identifier: BSL-1.0
// Models of RTNeural: imported, prepared, planned, run and written as sources.
#include <codegen/formats/rtneural/import.hpp>
#include <nlohmann/json.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/exercise_model.hpp>
#include <tests/fuzz/fuzz_target.hpp>

namespace {

using namespace etch;
using namespace etch::fuzz;
using Json = nlohmann::json;

/// Some value within another, any with the same chance on its level.
Json* part_of(Json& json, Dice& dice) {
  Json* at = &json;
  while (at->is_structured() && !at->empty() && !dice.one_in(5)) {
    auto part = at->begin();
    std::advance(part, static_cast<std::ptrdiff_t>(dice.below(at->size())));
    at = &*part;
  }
  return at;
}

void mutate_value(Json& value, Dice& dice) {
  static const Json others[]{nullptr,       true,           "",   "same", "softmax", "conv1d",
                             Json::array(), Json::object(), 1e300};
  if (dice.one_in(6))
    value = dice.pick(others);
  else if (value.is_number_float())
    value = other_float(dice, value.get<float>());
  else if (value.is_number())
    value = other_number(dice, value.get<std::int64_t>());
  else if (value.is_array() && !value.empty() && dice.one_in(2))
    value.erase(dice.below(value.size()));
  else if (value.is_array() && !value.empty())
    value.push_back(value[dice.below(value.size())]);
  else if (value.is_object() && !value.empty())
    value.erase(std::next(value.begin(), static_cast<std::ptrdiff_t>(dice.below(value.size()))));
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  count_models();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  has_answer([&] { exercise(host::import_rtneural(std::as_bytes(std::span(data, size)), "model.json")); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  static const Corpus corpus = rtneural_corpus();
  Dice dice(seed);
  if (dice.one_in(10)) return LLVMFuzzerMutate(data, size, most);
  Json json = Json::parse(data, data + size, nullptr, false);
  if (json.is_discarded() || dice.one_in(20)) json = Json::parse(dice.pick(corpus).second);
  for (std::size_t k = 1 + dice.below(3); k > 0; --k) mutate_value(*part_of(json, dice), dice);
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  return put_back({text.begin(), text.end()}, data, most);
}
