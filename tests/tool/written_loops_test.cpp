// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/statements.hpp>

#include <catch2/catch.hpp>

using namespace etch;
using namespace etch::host::declare;

namespace {

LayerForm conv(int filters, const Pair& strides = 1, ActivationKind activation = relu) {
  return FormOf<Conv2D>("Conv2D")
      .set("filters", &Conv2D::filters, filters)
      .set("kernel_size", &Conv2D::kernel_size, 3)
      .set("strides", &Conv2D::strides, strides)
      .set("activation", &Conv2D::activation, activation)
      .one_input();
}
LayerForm normalization() { return FormOf<BatchNormalization>("BatchNormalization").one_input(); }
LayerForm function() {
  return FormOf<etch::Activation>("Activation")
      .first("activation", &etch::Activation::activation, relu)
      .one_input();
}
LayerForm dense(int units, bool bias = true) {
  return FormOf<Dense>("Dense")
      .first("units", &Dense::units, units)
      .first("activation", &Dense::activation, relu)
      .set("use_bias", &Dense::use_bias, bias)
      .one_input();
}
LayerForm dropout(float rate) {
  return FormOf<Dropout>("Dropout").first("rate", &Dropout::rate, rate).one_input();
}

/// The lines of a chain. \param names of its layers, from the first on.
std::string written(const std::vector<LayerForm>& forms, const std::vector<std::string>& names = {}) {
  Declaration d;
  d.inputs.push_back({{8}});
  for (std::size_t i = 0; i < forms.size(); ++i)
    d.calls.push_back({forms[i], {static_cast<int>(i)}, -1, i < names.size() ? names[i] : ""});
  d.outputs.push_back(static_cast<int>(forms.size()));
  std::string text;
  for (const std::string& line : with_loops(layers_of_chain(d))) text += line + "\n";
  return text;
}

std::string lines_of(const std::vector<LayerForm>& forms) {
  std::string text;
  for (const LayerForm& form : forms) text += "model.add(" + form.text("") + ");\n";
  return text;
}

}  // namespace

TEST_CASE("blocks that are the same are a loop that counts", "[written_loops]") {
  CHECK(written({dense(8), dense(8), dense(8), dense(8), dense(3, false)}) ==
        R"(for (int i = 0; i < 4; ++i) {
  model.add(Dense{8, relu});
}
model.add(Dense{.units = 3, .activation = relu, .use_bias = false});
)");
  CHECK(written({}).empty());
}

TEST_CASE("blocks in which one number differs are a loop over it", "[written_loops]") {
  CHECK(written({dropout(0.25f), conv(16), normalization(), function(), conv(32), normalization(), function(),
                 conv(64), normalization(), function()}) == R"(model.add(Dropout{0.25f});
for (int filters : {16, 32, 64}) {
  model.add(Conv2D{.filters = filters, .kernel_size = 3, .activation = relu});
  model.add(BatchNormalization{});
  model.add(Activation{relu});
}
)");
  CHECK(written({dropout(0.5f), dropout(0.25f), dropout(0.125f), dropout(0.0625f), dropout(0.5f)}) ==
        R"(for (float rate : {0.5f, 0.25f, 0.125f, 0.0625f, 0.5f}) {
  model.add(Dropout{rate});
}
)");
}

TEST_CASE("a number that is there twice in a block is one variable, two numbers are two", "[written_loops]") {
  const auto block = [](int filters, int more) {
    return std::vector{conv(filters), normalization(), conv(filters), normalization(), conv(more)};
  };
  std::vector<LayerForm> same, other;
  for (const int filters : {4, 8, 12}) {
    for (const LayerForm& form : block(filters, filters)) same.push_back(form);
    for (const LayerForm& form : block(filters, 3 * filters + 1)) other.push_back(form);
  }
  CHECK(written(same).starts_with("for (int filters : {4, 8, 12}) {\n"));
  CHECK(written(other) ==
        R"(constexpr struct { int filters, filters_2; } blocks[]{{4, 13}, {8, 25}, {12, 37}};
for (const auto& [filters, filters_2] : blocks) {
  model.add(Conv2D{.filters = filters, .kernel_size = 3, .activation = relu});
  model.add(BatchNormalization{});
  model.add(Conv2D{.filters = filters, .kernel_size = 3, .activation = relu});
  model.add(BatchNormalization{});
  model.add(Conv2D{.filters = filters_2, .kernel_size = 3, .activation = relu});
}
)");
}

TEST_CASE("a member that some blocks leave out is written in the loop of all", "[written_loops]") {
  std::vector<LayerForm> forms;
  for (const auto& [filters, strides] : {std::pair{16, Pair(1)}, {32, Pair(2)}, {64, Pair(2, 1)}})
    for (const LayerForm& form : {conv(filters, strides), normalization(), function(), dropout(0.25f)})
      forms.push_back(form);
  CHECK(written(forms) ==
        R"(constexpr struct { int filters; Pair strides; } blocks[]{{16, 1}, {32, 2}, {64, {2, 1}}};
for (const auto& [filters, strides] : blocks) {
  model.add(Conv2D{.filters = filters, .kernel_size = 3, .strides = strides, .activation = relu});
  model.add(BatchNormalization{});
  model.add(Activation{relu});
  model.add(Dropout{0.25f});
}
)");
}

TEST_CASE("what a loop would not make shorter stays as it is", "[written_loops]") {
  for (const std::vector<LayerForm>& forms :
       {std::vector{dense(8)}, std::vector{dense(8), dense(8), dense(8)},
        std::vector{dense(120), dense(84), dense(60), dense(10)},
        std::vector{conv(6), dropout(0.5f), conv(16)},
        std::vector{conv(8), conv(8, 1, linear), conv(8, 1, sigmoid), conv(8), conv(8, 1, linear)}})
    CHECK(written(forms) == lines_of(forms));
}

TEST_CASE("layers with names of their own are in no loop", "[written_loops]") {
  const std::vector forms{dense(8), dense(8), dense(8), dense(8)};
  CHECK(written(forms, {"a", "b", "c", "d"}).find("for") == std::string::npos);
  CHECK(written(forms, {"", "", "", "d"}).find("for") == std::string::npos);
}
