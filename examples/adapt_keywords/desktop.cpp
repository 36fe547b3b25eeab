// SPDX-License-Identifier: BSL-1.0
// adapt_keywords study <folder of kws>              what adapting does, over many triples of words
// adapt_keywords task <folder of kws> <task>        one of them, for a board
// adapt_keywords adapt <task> <results>             what the board does with it

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <utility>

#include "examples/adapt_keywords/material.hpp"

namespace {

using namespace keywords;

constexpr std::uint32_t triples = 25;
constexpr int told_on_board = 100;

/// How many of each kind of unseen recordings are told right, in per cent.
struct Accuracy {
  double of_new = 0, of_old = 0, of_all = 0;
};

/// Recordings of one draw, as the trunk gives them.
class Study {
 public:
  Study(const std::vector<Sample>& samples, const std::vector<Features>& features, const HeadWeights& shipped,
        std::uint32_t number)
      : samples_(samples),
        features_(features),
        draw_(draw(samples, number)),
        number_(number),
        weights_(shipped) {
    forget(weights_, draw_.words);
  }

  Accuracy before() {
    begin(trainer_, weights_, number_);
    return accuracy();
  }
  /// Learns all that the store would hold, `steps` times one of it.
  Accuracy with_store() { return trained(true, false, steps); }
  /// Learns the three words' samples alone, each as often.
  Accuracy without_store() { return trained(false, false, steps / (classes / new_words)); }
  /// The labels of the new words' samples are dealt out among them: there is nothing in them to learn.
  Accuracy permuted() { return trained(true, true, steps); }
  /// The head that ships, which knows the words.
  Accuracy shipped(const HeadWeights& weights) {
    begin(trainer_, weights, number_);
    return accuracy();
  }
  /// The same, which learns on from these recordings with the store.
  Accuracy shipped_with_store(const HeadWeights& weights) {
    weights_ = weights;
    return with_store();
  }
  /// What was learned last, on other recordings.
  Accuracy on(const std::vector<Features>& features) {
    const std::vector<Features> own = std::exchange(features_, features);
    const Accuracy there = accuracy();
    features_ = own;
    return there;
  }

 private:
  const Sample& sample(int i) const { return samples_[static_cast<std::size_t>(i)]; }
  void show(int i) { std::ranges::copy(features_[static_cast<std::size_t>(i)], head_.features().begin()); }

  std::vector<std::int32_t> dealt_labels() const {
    std::vector<std::int32_t> labels;
    for (const int i : draw_.learned)
      if (draw_.is_new(sample(i).label)) labels.push_back(sample(i).label);
    for (std::uint32_t i = 0; i + 1 < labels.size(); ++i)
      std::swap(labels[i], labels[i + etch::random::below({number_, 7}, 0, 0, i,
                                                          static_cast<std::uint32_t>(labels.size()) - i)]);
    return labels;
  }

  Accuracy trained(bool all, bool dealt, int count) {
    begin(trainer_, weights_, number_);
    Store store;
    const std::vector<std::int32_t> labels = dealt_labels();
    std::size_t next = 0;
    for (const int i : draw_.learned) {
      const std::int32_t label = sample(i).label;
      if (!all && !draw_.is_new(label)) continue;
      store.add(features_[static_cast<std::size_t>(i)],
                dealt && draw_.is_new(label) ? labels[next++] : label);
    }
    for (int i = 0; i < count; ++i) head_.train_from(store);
    return accuracy();
  }

  Accuracy accuracy() {
    double right[2]{}, count[2]{};
    for (const int i : draw_.unseen) {
      show(i);
      const bool is_new = draw_.is_new(sample(i).label);
      right[is_new] += best_of(head_.predict()) == sample(i).label;
      ++count[is_new];
    }
    return {100 * right[1] / count[1], 100 * right[0] / count[0],
            100 * (right[0] + right[1]) / (count[0] + count[1])};
  }

  static inline Trainer::Storage storage;
  const std::vector<Sample>& samples_;
  std::vector<Features> features_;
  Draw draw_;
  std::uint32_t number_;
  HeadWeights weights_;
  Trainer trainer_{storage, optimizer};
  etch::TrunkHead<Trainer> head_{trainer_, trunk_output};
};

/// Mean, standard deviation and worst of one kind of recordings.
void print(const std::vector<Accuracy>& all, double Accuracy::*kind) {
  double sum = 0, squares = 0, worst = 100;
  const auto n = static_cast<double>(all.size());
  for (const Accuracy& each : all) {
    sum += each.*kind;
    worst = std::min(worst, each.*kind);
  }
  for (const Accuracy& each : all) squares += (each.*kind - sum / n) * (each.*kind - sum / n);
  std::printf("  %5.1f +- %4.1f (%5.1f)", sum / n, std::sqrt(squares / n), worst);
}

void print(const char* name, const std::vector<Accuracy>& all) {
  std::printf("%-34s", name);
  print(all, &Accuracy::of_new);
  print(all, &Accuracy::of_old);
  print(all, &Accuracy::of_all);
  std::printf("\n");
}

void study(const std::filesystem::path& folder) {
  const std::vector<Sample> samples = read_samples(folder);
  const std::vector<Features> features = features_of(samples);
  const HeadWeights shipped = read_head(folder);
  const std::vector<Features> elsewhere = features_of(OtherPlace{}(samples));
  std::vector<Accuracy> before, with, without, permuted, whole, shifted, adapted, back;
  for (std::uint32_t k = 0; k < triples; ++k) {
    Study one(samples, features, shipped, k);
    whole.push_back(one.shipped(shipped));
    before.push_back(one.before());
    without.push_back(one.without_store());
    with.push_back(one.with_store());
    permuted.push_back(one.permuted());
    Study other(samples, elsewhere, shipped, k);
    shifted.push_back(other.shipped(shipped));
    adapted.push_back(other.shipped_with_store(shipped));
    back.push_back(other.on(features));
  }
  std::printf("%u triples of words, %d samples a word, mean +- deviation (worst) in per cent\n", triples,
              samples_a_word);
  std::printf("%-34s  %-21s  %-21s  %-21s\n", "on recordings never trained on", "three new words",
              "the nine others", "all twelve");
  print("a head that knows all (floats)", whole);
  print("before", before);
  print("trained on the new words alone", without);
  print("trained with the replay store", with);
  print("control: labels of new words dealt", permuted);
  std::printf("in another place: 100 ms later, half as loud, with noise\n");
  print("a head that knows all (floats)", shifted);
  print("trained there with the store", adapted);
  print("the same, back where it was", back);
}

void write(std::ofstream& file, const void* from, std::size_t bytes) {
  file.write(static_cast<const char*>(from), static_cast<std::streamsize>(bytes));
}
void close(std::ofstream& file, const std::string& path) {
  if (!file.flush()) throw etch::Error("cannot write " + path);
}

void write_task(const std::filesystem::path& folder, const std::string& path) {
  const std::vector<Sample> samples = read_samples(folder);
  const Draw d = draw(samples, 0);
  Task task{static_cast<std::int32_t>(d.learned.size()), told_on_board, read_head(folder)};
  forget(task.weights, d.words);
  std::ofstream file(path, std::ios::binary);
  write(file, &task, sizeof task);
  for (const int i : d.learned) write(file, &samples[static_cast<std::size_t>(i)], sizeof(Sample));
  for (std::size_t i = 0; i < told_on_board; ++i)
    write(file, &samples[static_cast<std::size_t>(d.unseen[i])], sizeof(Sample));
  close(file, path);
}

void adapt(const std::string& from, const std::string& to) {
  static Trainer::Storage storage;
  alignas(TRUNK_ARENA_ALIGNMENT) static unsigned char arena[TRUNK_ARENA_BYTES];
  std::ifstream in(from, std::ios::binary);
  std::ofstream out(to, std::ios::binary);
  const auto read = [&](auto& to_object) {
    if (!in.read(reinterpret_cast<char*>(&to_object), sizeof to_object))
      throw etch::Error(from + " is no whole task");
  };
  trunk_context trunk;
  if (trunk_init(&trunk, arena, sizeof arena) != TRUNK_OK) throw etch::Error("the trunk does not begin");
  static Device device(storage, trunk);
  static Task task;
  static Sample sample;
  read(task);
  device.begin(task.weights);
  for (int i = 0; i < task.to_learn; ++i) {
    read(sample);
    device.hear(sample);
  }
  for (int i = 0; i < steps; ++i) device.train();
  int right = 0;
  for (int i = 0; i < task.to_tell; ++i) {
    read(sample);
    const std::int32_t answer = device.tell(sample);
    right += answer == sample.label ? 1 : 0;
    write(out, &answer, sizeof answer);
  }
  for (int i = 0; i < device.store().size(); ++i) write(out, device.store().sample(i).data(), feature_count);
  write(out, device.weights().data(), device.weights().size());
  close(out, to);
  std::printf("right %d\nof %d\n", right, task.to_tell);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "study" && argc == 3) return study(argv[2]), 0;
  if (what == "task" && argc == 4) return write_task(argv[2], argv[3]), 0;
  if (what == "adapt" && argc == 4) return adapt(argv[2], argv[3]), 0;
  std::fprintf(
      stderr,
      "usage: adapt_keywords study <folder of kws>\n       adapt_keywords task <folder of kws> <task>\n"
      "       adapt_keywords adapt <task> <results>\n");
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
