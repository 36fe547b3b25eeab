// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/text_table.hpp>
#include <codegen/train/choose_channels.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace etch::host {

namespace {

/// Channels of a layer that are chosen together; none: the layer, whole.
struct Unit {
  std::size_t layer = 0;
  std::vector<std::int16_t> channels;
  double contribution = 0, weights = 0;
  double worth() const { return contribution / weights; }
};

/// How many of a layer's units train, by layer.
using Taken = std::vector<std::size_t>;

/// The channels of a layer, those with the largest contributions first, `together` at a time.
std::vector<Unit> units_of(std::size_t l, const TrainableLayer& layer,
                           const std::vector<double>& contributions, int together) {
  const double all = std::accumulate(contributions.begin(), contributions.end(), 0.0);
  if (layer.channels <= together) return {{l, {}, all, static_cast<double>(layer.weights)}};
  std::vector<std::int16_t> order(contributions.size());
  std::iota(order.begin(), order.end(), std::int16_t{0});
  const auto of = [&](std::int16_t channel) { return contributions[static_cast<std::size_t>(channel)]; };
  std::ranges::stable_sort(order, std::ranges::greater{}, of);
  std::vector<Unit> units;
  for (std::size_t i = 0; i < order.size(); i += static_cast<std::size_t>(together)) {
    Unit unit{l, {}, 0, 0};
    for (std::size_t k = i; k < std::min(order.size(), i + static_cast<std::size_t>(together)); ++k) {
      unit.channels.push_back(order[k]);
      unit.contribution += of(order[k]);
    }
    unit.weights =
        static_cast<double>(layer.weights) / layer.channels * static_cast<double>(unit.channels.size());
    units.push_back(std::move(unit));
  }
  return units;
}

class Chooser {
 public:
  Chooser(const TrainableModel& model, const std::vector<std::vector<double>>& contributions,
          const ChoiceOptions& options)
      : model_(model), options_(options) {
    for (std::size_t l = 0; l < model.layers.size(); ++l)
      units_.push_back(units_of(l, model.layers[l], contributions[l], options.together));
  }

  ChannelChoice all() {
    Taken taken;
    for (const auto& units : units_) taken.push_back(units.size());
    return choice_of(taken);
  }

  ChannelChoice best() {
    std::optional<ChannelChoice> best;
    for (std::size_t first = units_.size(); first-- > 0;) {
      if (options_.progress)
        options_.progress(static_cast<int>(units_.size() - first - 1), static_cast<int>(units_.size()));
      ChannelChoice choice = choice_of(from_layer(first));
      if (fits(choice) && (!best || choice.contribution > best->contribution)) best = std::move(choice);
    }
    if (best) return std::move(*best);
    throw Error("training of '" + model_.name + "' takes at least " + grouped(least()) +
                " bytes of RAM, weights and all, and --ram allows " + grouped(options_.ram));
  }

 private:
  bool fits(const ChannelChoice& choice) const {
    return choice.memory.total() > 0 && choice.memory.total() <= options_.ram;
  }
  bool fits(const Taken& taken) { return fits(choice_of(taken)); }

  /// Layers and channels, and the plan of their training; no memory where nothing trains.
  const ChannelChoice& choice_of(const Taken& taken) {
    const auto [found, is_new] = known_.try_emplace(taken);
    ChannelChoice& choice = found->second;
    if (!is_new) return choice;
    choice.layers.resize(taken.size());
    for (std::size_t l = 0; l < taken.size(); ++l) {
      ChosenLayer& layer = choice.layers[l];
      layer.trains = taken[l] > 0;
      for (std::size_t u = 0; u < taken[l]; ++u) {
        const Unit& unit = units_[l][u];
        choice.contribution += unit.contribution;
        if (taken[l] < units_[l].size())
          layer.channels.insert(layer.channels.end(), unit.channels.begin(), unit.channels.end());
      }
      std::ranges::sort(layer.channels);
    }
    std::vector<ChosenChannels> lists;
    const auto graph = graph_of(model_, choice.layers, lists);
    if (!lists.empty()) choice.memory = training_memory_of(*graph, options_.training, options_.batch);
    return choice;
  }

  /// All units of the layers from `first` on, the most contribution a weight first.
  std::vector<const Unit*> units_from(std::size_t first) const {
    std::vector<const Unit*> units;
    for (std::size_t l = first; l < units_.size(); ++l)
      for (const Unit& unit : units_[l]) units.push_back(&unit);
    std::ranges::stable_sort(units, [](const Unit* a, const Unit* b) { return a->worth() > b->worth(); });
    return units;
  }

  /// What is found where no layer before `first` trains.
  Taken from_layer(std::size_t first) {
    const std::vector<const Unit*> units = units_from(first);
    const auto taken_of = [&](std::size_t count) {
      Taken taken(units_.size());
      for (std::size_t u = 0; u < count; ++u) ++taken[units[u]->layer];
      return taken;
    };
    std::size_t fitting = 0, beyond = units.size() + 1;
    for (std::size_t tried = units.size(); fitting + 1 < beyond; tried = (fitting + beyond) / 2)
      (fits(taken_of(tried)) ? fitting : beyond) = tried;
    Taken taken = taken_of(fitting);
    std::vector<bool> full(units_.size());
    for (std::size_t u = fitting; u < units.size(); ++u) {
      const std::size_t l = units[u]->layer;
      Taken more = taken;
      ++more[l];
      if (!full[l] && fits(more))
        taken = std::move(more);
      else
        full[l] = true;
    }
    for (std::size_t l = first; l < units_.size();
         ++l) {  // whole layers need no lists and no gradients apart
      Taken all_of_it = taken;
      all_of_it[l] = units_[l].size();
      if (fits(all_of_it)) taken = std::move(all_of_it);
    }
    return taken;
  }

  /// The least that a training of one unit takes.
  long long least() {
    long long least = all().memory.total();
    for (std::size_t l = 0; l < units_.size(); ++l) {
      Taken taken(units_.size());
      taken[l] = 1;
      least = std::min<long long>(least, choice_of(taken).memory.total());
    }
    return least;
  }

  const TrainableModel& model_;
  const ChoiceOptions& options_;
  std::vector<std::vector<Unit>> units_;  ///< by layer
  std::map<Taken, ChannelChoice> known_;
};

/// The name of a layer as a part of an identifier.
std::string identifier_of(std::string name) {
  std::ranges::replace_if(
      name,
      [](char c) { return !(('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9')); },
      '_');
  return "chosen_" + name;
}

/// `{1, 2, 7}`, in lines that are not too long.
std::string list_text(const std::vector<std::int16_t>& channels, std::size_t indent) {
  constexpr std::size_t longest = 110;
  std::string text = "{";
  std::size_t column = indent + 1;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string number = std::to_string(channels[i]) + (i + 1 < channels.size() ? "," : "};");
    if (column + number.size() + 1 > longest) {
      text += "\n" + std::string(4, ' ');
      column = 4;
    } else if (i > 0) {
      text += ' ';
      ++column;
    }
    text += number;
    column += number.size();
  }
  return text;
}

}  // namespace

ChannelChoice choose_channels(const TrainableModel& model,
                              const std::vector<std::vector<double>>& contributions,
                              const ChoiceOptions& options) {
  return Chooser(model, contributions, options).best();
}

ChannelChoice choose_all(const TrainableModel& model, const std::vector<std::vector<double>>& contributions,
                         const ChoiceOptions& options) {
  return Chooser(model, contributions, options).all();
}

std::string choice_text(const TrainableModel& model, const ChannelChoice& choice) {
  std::string lists, objects, arguments;
  for (std::size_t l = 0; l < model.layers.size(); ++l) {
    const ChosenLayer& layer = choice.layers[l];
    if (!layer.trains) continue;
    const std::string& name = model.layers[l].name;
    std::string object = identifier_of(name);
    while (objects.find(" " + object + "{") != std::string::npos) object += '_';
    arguments += (arguments.empty() ? "" : ", ") + object;
    objects += "inline constexpr etch::ChosenChannels " + object + "{\"" + name + "\"";
    if (!layer.channels.empty()) {
      const std::string line = "inline constexpr std::int16_t " + object + "_channels[]";
      lists += line + list_text(layer.channels, line.size()) + "\n";
      objects += ", " + object + "_channels";
    }
    objects += "};\n";
  }
  return lists + objects + "inline constexpr auto adapted =\n    etch::train_only(etch::chosen_channels(" +
         arguments + "), network);\n";
}

}  // namespace etch::host
