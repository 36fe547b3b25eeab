// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <runtime/host/error.hpp>
#include <string>
#include <tests/unit/temporary_folder.hpp>
#include <vector>

namespace model_notes_test {

using namespace etch;

// The network of the Keras article, declared three ways.
inline constexpr auto by_sequence =
    sequential(Input{28, 28}, Flatten{}, Dense{128}, BatchNormalization{}, ReLU{})
        .add(Dense{128})
        .add(BatchNormalization{})
        .add(ReLU{})
        .add(Dense{10})
        .add(Softmax{});

inline constexpr auto by_function = functional([](Builder& g) {
  Tensor x = Flatten{}(g.input({28, 28}));
  for (int units : {128, 128}) x = ReLU{}(BatchNormalization{}(Dense{units}(x)));
  return Softmax{}(Dense{10}(x));
});

struct Block {
  Dense dense;
  BatchNormalization norm{};
  ReLU relu{};
  constexpr Tensor operator()(Tensor x) { return relu(norm(dense(x))); }
};
struct Classifier {
  Flatten flatten;
  std::array<Block, 2> hidden{Block{Dense{128}}, Block{Dense{128}}};
  Dense logits{10};
  Softmax softmax;
  constexpr Tensor operator()(Tensor x) {
    x = flatten(x);
    for (Block& b : hidden) x = b(x);
    return softmax(logits(x));
  }
};

// A model whose members are a stack, a tuple and a layer with a name of its own.
struct Mixed {
  decltype(sequential(Input{8}, Dense{4}, ReLU{}, Dense{4})) encoder =
      sequential(Input{8}, Dense{4}, ReLU{}, Dense{4});
  hana::tuple<Dense, Block> parts{Dense{4}, Block{Dense{4}}};
  Dense last{.units = 2, .name = "head"};
  constexpr Tensor operator()(Tensor x) {
    x = encoder(x);
    hana::for_each(parts, [&](auto& part) { x = part(x); });
    return last(x);
  }
};

}  // namespace model_notes_test

BOOST_HANA_ADAPT_STRUCT(model_notes_test::Block, dense, norm, relu);
BOOST_HANA_ADAPT_STRUCT(model_notes_test::Classifier, flatten, hidden, logits, softmax);
BOOST_HANA_ADAPT_STRUCT(model_notes_test::Mixed, encoder, parts, last);

namespace model_notes_test {

inline constexpr auto by_subclass = subclassed<Classifier>({28, 28});
inline constexpr auto mixed = subclassed<Mixed>({8});

static_assert(structure_hash(graph<by_sequence>) == structure_hash(graph<by_function>));
static_assert(structure_hash(graph<by_function>) == structure_hash(graph<by_subclass>));

template <int Percent>
inline constexpr auto dropped = sequential(Input{8}, Dense{4}, Dropout{static_cast<float>(Percent) / 100},
                                           Dense{2});
inline constexpr auto narrower = sequential(Input{8}, Dense{3}, Dropout{0.5f}, Dense{2});
inline constexpr auto activated = sequential(Input{8}, Dense{4, relu}, Dropout{0.5f}, Dense{2});
inline constexpr auto frozen =
    sequential(Input{8}, Dense{.units = 4, .trainable = false}, Dropout{}, Dense{2});
constexpr std::uint64_t dropped_hash = structure_hash(graph<dropped<50>>);
static_assert(dropped_hash == structure_hash(graph<dropped<25>>));
static_assert(dropped_hash != structure_hash(graph<narrower>));
static_assert(dropped_hash != structure_hash(graph<activated>));
static_assert(dropped_hash != structure_hash(graph<frozen>));
static_assert(dropped_hash != structure_hash(graph<by_sequence>));

// Two primitives of equal shapes and attributes differ by their kinds.
template <bool Twice>
struct Scale : Primitive<Scale<Twice>> {
  static constexpr const char* kind = Twice ? "Twice" : "Half";
  struct Attributes {
    int unused = 0;
  };
  Attributes attributes{};
  static constexpr Shape output_shape(const Shape& in, const Attributes&) { return in; }
  static constexpr Shape weights(const Shape&, const Attributes&) { return {1}; }
  template <class T>
  static void forward(const Attributes&, const PrimitiveForward<T>&) {}
  template <class T>
  static void backward(const Attributes&, const PrimitiveBackward<T>&) {}
};
inline constexpr auto twice = sequential(Input{8}, Scale<true>{});
inline constexpr auto half = sequential(Input{8}, Scale<false>{});
static_assert(structure_hash(graph<twice>) != structure_hash(graph<half>));

// The order of operands counts where it matters.
inline constexpr auto left_right = functional([](Builder& g) {
  Tensor x = g.input({4}), y = g.input({4});
  return Concatenate{}(x, y);
});
inline constexpr auto right_left = functional([](Builder& g) {
  Tensor x = g.input({4}), y = g.input({4});
  return Concatenate{}(y, x);
});
static_assert(structure_hash(graph<left_right>) != structure_hash(graph<right_left>));

template <const auto& Declared>
std::vector<std::string> layer_names() {
  std::vector<std::string> names;
  for (int i = 0; i < notes<Declared>.rows.count; ++i) names.emplace_back(notes<Declared>.name(i));
  return names;
}
template <const auto& Declared>
std::vector<std::string> weight_names() {
  std::vector<std::string> names;
  for (int p = 0; p < graph<Declared>.parameters.count; ++p) names.emplace_back(parameter_name<Declared>(p));
  return names;
}
using Names = std::vector<std::string>;

TEST_CASE("layers without names are numbered as in Keras", "[describe]") {
  CHECK(layer_names<by_sequence>() == Names{"input_layer", "flatten", "dense", "batch_normalization", "re_lu",
                                            "dense_1", "batch_normalization_1", "re_lu_1", "dense_2",
                                            "softmax"});
  CHECK(layer_names<by_function>() == layer_names<by_sequence>());
  CHECK(weight_names<by_function>() ==
        Names{"dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta",
              "batch_normalization/moving_mean", "batch_normalization/moving_variance", "dense_1/kernel",
              "dense_1/bias", "batch_normalization_1/gamma", "batch_normalization_1/beta",
              "batch_normalization_1/moving_mean", "batch_normalization_1/moving_variance", "dense_2/kernel",
              "dense_2/bias"});
  CHECK(weight_names<twice>() == Names{"Twice/weights"});
}

TEST_CASE("members of a subclassed model give the names", "[describe]") {
  CHECK(weight_names<by_subclass>() ==
        Names{"hidden/0/dense/kernel", "hidden/0/dense/bias", "hidden/0/norm/gamma", "hidden/0/norm/beta",
              "hidden/0/norm/moving_mean", "hidden/0/norm/moving_variance", "hidden/1/dense/kernel",
              "hidden/1/dense/bias", "hidden/1/norm/gamma", "hidden/1/norm/beta", "hidden/1/norm/moving_mean",
              "hidden/1/norm/moving_variance", "logits/kernel", "logits/bias"});
  CHECK(layer_names<mixed>() == Names{"input_layer", "encoder/dense", "encoder/re_lu", "encoder/dense_1",
                                      "parts/0", "parts/1/dense", "parts/1/norm", "parts/1/relu", "head"});
}

// A given name goes before a number; a duplicate is a fault at the user's line.
inline constexpr auto taken = sequential(Input{4}, Dense{.units = 4, .name = "dense_1"}, Dense{4}, Dense{4});
inline constexpr auto twice_given =
    sequential(Input{4}, Dense{.units = 4, .name = "a"}, Dense{.units = 4, .name = "a"});
inline constexpr auto after_automatic = sequential(Input{4}, Dense{4}, Dense{.units = 4, .name = "dense"});

TEST_CASE("no two layers have one name", "[describe]") {
  CHECK(layer_names<taken>() == Names{"input_layer", "dense_1", "dense", "dense_2"});
  constexpr Fault fault = etch::detail::notes_fault<twice_given>;
  CHECK(std::string(fault.sentence) == "two layers have one name: give each a name of its own");
  CHECK(fault.line > 0);
  CHECK(static_cast<bool>(etch::detail::notes_fault<after_automatic>));
}

inline constexpr auto residual = functional([](Builder& g) {
  Dense shared{.units = 8, .activation = relu, .name = "shared"};
  Tensor x = g.input({8}, "x");
  Tensor y = shared(shared(x));
  return Dense{.units = 2, .trainable = false}(Add{}(x, y));
});

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

TEST_CASE("the summary of the article's network", "[describe]") {
  const std::string text = summary_text<by_sequence>({.width = 100, .utf8 = false});
  CHECK(has(text, "Model: \"sequential\""));
  CHECK(has(text, "| input_layer (InputLayer)"));
  CHECK(has(text, "(None, 28, 28)"));
  CHECK(has(text, "100,480"));
  CHECK(has(text, " Total params: 119,306 ("));
  CHECK(has(text, " Trainable params: 118,794 ("));
  CHECK(has(text, " Non-trainable params: 512 ("));
  CHECK_FALSE(has(text, "Connected to"));
  CHECK(has(text, "prediction: weights      477,2"));
  CHECK_FALSE(has(text, "training: "));

  constexpr TrainingMemory memory = training_memory<by_sequence, Adam, SparseCategoricalCrossentropy, 32>;
  const std::string training = summary_text<by_sequence>(memory, {.width = 100, .utf8 = false});
  CHECK(has(training, " Optimizer params: 237,588 ("));
  CHECK(has(training, "training: optimizer state            950,352 bytes"));
  CHECK(has(training, "training: input batch                100,352 bytes"));
  CHECK(has(training, host::with_commas(memory.total()) + " bytes"));
}

TEST_CASE("a graph that is no chain shows its connections, a shared layer once", "[describe]") {
  const std::string text = summary_text<residual>({.width = 100, .utf8 = false});
  INFO(text);
  CHECK(has(text, "Connected to"));
  CHECK(has(text, "| x[0][0],"));
  CHECK(has(text, "shared[0][0]"));
  CHECK(has(text, "shared[1][0]"));
  CHECK(text.find("shared (Dense)") == text.rfind("shared (Dense)"));
  CHECK(has(text, "Trainable"));
  CHECK(has(text, " Total params: 90 ("));
}

TEST_CASE("a plot is written as DOT and as SVG", "[describe]") {
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const TemporaryFolder folder;
  plot_model<residual>((folder / "net.dot").c_str());
  plot_model<residual>((folder / "net.svg").c_str());
  CHECK(has(read(folder / "net.dot"), "shared"));
  CHECK(has(read(folder / "net.svg"), "<svg"));
  CHECK_THROWS_AS(plot_model<residual>((folder / "net.bmp").c_str()), Error);
}

inline constexpr auto siamese = functional([](Builder& g) {
  Dense tower{.units = 3, .name = "tower"};
  const Tensor left = tower(g.input({4})), right = tower(g.input({4}));
  return Dense{2}(Concatenate{}(left, Dense{5}(right)));
});
inline constexpr auto chained = functional([](Builder& g) {
  Dense again{.units = 4, .name = "again"};
  return again(again(g.input({4})));
});

TEST_CASE("a plot has one box for a shared layer and the shapes of all inputs", "[describe]") {
  const TemporaryFolder folder;
  const auto dot_of = [&](auto plot) {
    plot((folder / "net.dot").c_str());
    std::ifstream in(folder / "net.dot");
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const auto count = [](const std::string& text, std::string_view what) {
    int n = 0;
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
    return n;
  };
  const std::string shared = dot_of([](const char* path) { plot_model<siamese>(path); });
  INFO(shared);
  CHECK(count(shared, "<B>tower</B>") == 1);
  CHECK(count(shared, " -> ") == 6);
  CHECK(has(shared, "Input: (None, 3), (None, 5)"));
  CHECK(has(shared, "Output: (None, 8)"));
  // One box would lie behind itself.
  CHECK(count(dot_of([](const char* path) { plot_model<chained>(path); }), "<B>again</B>") == 2);
  plot_model<siamese>((folder / "net.svg").c_str());
  plot_model<chained>((folder / "net.svg").c_str());
}

}  // namespace model_notes_test
