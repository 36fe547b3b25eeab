// SPDX-License-Identifier: BSL-1.0
#include <tests/formats/tflite/signal_model.hpp>
#include <tests/formats/tflite/small_model_list.hpp>

namespace etch::test {

namespace {

using namespace small;

void add_windows(Models& models) {
  models.add("CONV_2D", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 4, 3, 2}), y = t.tensor({1, 2, 3, 3});
    t.w.op(Kind::conv_2d, {x, t.weights({3, 2, 2, 2}, 3, 0), t.bias(3)}, {y},
           {{0, same}, {1, 1}, {2, 2}, {3, relu}, {4, 2}, {5, 1}});
    return t.w.file({x}, {y});
  });
  models.add("DEPTHWISE_CONV_2D", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 4, 3, 2}), y = t.tensor({1, 3, 2, 4});
    t.w.op(Kind::depthwise_conv_2d, {x, t.weights({1, 2, 2, 4}, 4, 3), t.bias(4)}, {y},
           {{0, valid}, {1, 1}, {2, 1}, {3, 2}, {4, none}, {5, 1}, {6, 1}});
    return t.w.file({x}, {y});
  });
  models.add("FULLY_CONNECTED", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({2, 5}), y = t.tensor({2, 3});
    t.w.op(Kind::fully_connected, {x, t.weights({3, 5}, 1, 0), t.bias(3)}, {y}, {{0, none}, {1, none}});
    return t.w.file({x}, {y});
  });
  for (const Kind kind : {Kind::average_pool_2d, Kind::max_pool_2d})
    models.add(kind == Kind::max_pool_2d ? "MAX_POOL_2D" : "AVERAGE_POOL_2D", all_kinds,
               [kind](SmallTensors& t) {
                 const int x = t.tensor({1, 5, 4, 2}), y = t.tensor({1, 3, 2, 2});
                 t.w.op(kind, {x}, {y}, {{0, same}, {1, 2}, {2, 2}, {3, 3}, {4, 2}, {5, relu}});
                 return t.w.file({x}, {y});
               });
  models.add("MEAN", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 3, 2, 4}), y = t.tensor({1, 4});
    t.w.op(Kind::mean, {x, t.list({1, 2})}, {y}, {{0, std::uint8_t{0}}});
    return t.w.file({x}, {y});
  });
  models.add("PAD", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 2}), y = t.tensor({1, 5, 4, 2});
    const int amounts = t.w.constant<std::int32_t>(ElementKind::int32, {4, 2}, {0, 0, 1, 2, 0, 1, 0, 0});
    t.w.op(Kind::pad, {x, amounts}, {y});
    return t.w.file({x}, {y});
  });
  models.add("PADV2", {}, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 2}), y = t.tensor({1, 5, 4, 2});
    const int amounts = t.w.constant<std::int32_t>(ElementKind::int32, {4, 2}, {0, 0, 1, 2, 0, 1, 0, 0});
    t.w.op(Kind::pad_v2, {x, amounts, t.constant({1}, {9})}, {y});
    return t.w.file({x}, {y});
  });
  for (const Kind kind : {Kind::resize_bilinear, Kind::resize_nearest_neighbor}) {
    const bool nearest = kind == Kind::resize_nearest_neighbor;
    models.add(nearest ? "RESIZE_NEAREST_NEIGHBOR" : "RESIZE_BILINEAR", all_kinds,
               [kind, nearest](SmallTensors& t) {
                 const int x = t.tensor({1, 2, 3, 2}), y = t.tensor({1, 3, 5, 2});
                 t.w.op(kind, {x, t.list({3, 5})}, {y},
                        {{nearest ? 0 : 2, std::uint8_t{0}}, {nearest ? 1 : 3, std::uint8_t{0}}});
                 return t.w.file({x}, {y});
               });
  }
}

void add_functions(Models& models) {
  for (const Kind kind : {Kind::add, Kind::sub, Kind::mul})
    models.add("ADD, SUB or MUL of " + std::to_string(static_cast<int>(kind)), all_kinds,
               [kind](SmallTensors& t) {
                 const int a = t.tensor({1, 2, 3}), b = t.tensor({1, 1, 3}), y = t.tensor({1, 2, 3});
                 t.w.op(kind, {a, b}, {y}, {{0, none}, {1, std::uint8_t{0}}});
                 return t.w.file({a, b}, {y});
               });
  models.add("MUL by a constant", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 4, 3}), y = t.tensor({1, 4, 3});
    t.w.op(Kind::mul, {x, t.weights({3}, 1, 0)}, {y}, {{0, none}});
    return t.w.file({x}, {y});
  });
  struct Function {
    Kind kind;
    const char* name;
    float scale;
    std::int64_t zero;
  };
  for (const Function& f :
       {Function{Kind::logistic, "LOGISTIC", 1.0f / 256, -128}, Function{Kind::tanh, "TANH", 1.0f / 128, 0},
        Function{Kind::relu, "RELU", 1.0f / 32, 3}, Function{Kind::relu6, "RELU6", 1.0f / 32, 3},
        Function{Kind::leaky_relu, "LEAKY_RELU", 1.0f / 32, 3},
        Function{Kind::hard_swish, "HARD_SWISH", 1.0f / 32, 3},
        Function{Kind::softmax, "SOFTMAX", 1.0f / 256, -128}})
    models.add(f.name, both, [f](SmallTensors& t) {
      const int x = t.tensor({1, 2, 5}), y = t.tensor({1, 2, 5}, f.scale, f.zero);
      if (f.kind == Kind::leaky_relu || f.kind == Kind::softmax)
        t.w.op(f.kind, {x}, {y}, {{0, f.kind == Kind::softmax ? 1.0f : 0.3f}});
      else
        t.w.op(f.kind, {x}, {y});
      return t.w.file({x}, {y});
    });
  models.add("LOGISTIC", {ElementKind::int16}, [](SmallTensors& t) {
    const int x = t.tensor({1, 5}), y = t.tensor({1, 5}, 1.0f / 32768, 0);
    t.w.op(Kind::logistic, {x}, {y});
    return t.w.file({x}, {y});
  });
  models.add("QUANTIZE and DEQUANTIZE", {ElementKind::int8, ElementKind::int16}, [](SmallTensors& t) {
    const int x = t.w.tensor(ElementKind::float32, {1, 5}), q = t.tensor({1, 5}),
              r = t.tensor({1, 5}, 1.0f / 16, 0), y = t.w.tensor(ElementKind::float32, {1, 5});
    t.w.op(Kind::quantize, {x}, {q});
    t.w.op(Kind::quantize, {q}, {r});
    t.w.op(Kind::dequantize, {r}, {y});
    return t.w.file({x}, {y});
  });
}

void add_shapes(Models& models) {
  models.add("RESHAPE, SQUEEZE and EXPAND_DIMS", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 6}), a = t.tensor({1, 3, 1, 4}), b = t.tensor({1, 3, 4}),
              y = t.tensor({1, 3, 1, 4});
    t.w.op(Kind::reshape, {x, t.list({1, 3, 1, -1})}, {a});
    t.w.op(Kind::squeeze, {a}, {b});
    t.w.op(Kind::expand_dims, {b, t.list({2})}, {y});
    return t.w.file({x}, {y});
  });
  models.add("TRANSPOSE", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 4}), y = t.tensor({1, 4, 2, 3});
    t.w.op(Kind::transpose, {x, t.list({0, 3, 1, 2})}, {y});
    return t.w.file({x}, {y});
  });
  models.add("CONCATENATION", all_kinds, [](SmallTensors& t) {
    const int a = t.tensor({1, 2, 3}), b = t.tensor({1, 2, 1}), y = t.tensor({1, 2, 4});
    t.w.op(Kind::concatenation, {a, b}, {y}, {{0, -1}, {1, none}});
    return t.w.file({a, b}, {y});
  });
  models.add("SPLIT", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 4}), a = t.tensor({1, 2, 2}), b = t.tensor({1, 2, 2});
    t.w.op(Kind::split, {t.list({2}), x}, {a, b}, {{0, 2}});
    return t.w.file({x}, {a, b});
  });
  models.add("SLICE", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 3, 4}), y = t.tensor({1, 2, 3});
    t.w.op(Kind::slice, {x, t.list({0, 1, 1}), t.list({1, -1, 3})}, {y});
    return t.w.file({x}, {y});
  });
  models.add("STRIDED_SLICE", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 3, 4}), y = t.tensor({1, 2});
    t.w.op(Kind::strided_slice, {x, t.list({0, 1, 3}), t.list({1, 2, 0}), t.list({1, 1, -2})}, {y},
           {{0, 1}, {1, 1}, {2, 0}, {3, 0}, {4, 2}});
    return t.w.file({x}, {y});
  });
  models.add("SHAPE, STRIDED_SLICE, PACK and RESHAPE", real, [](SmallTensors& t) {
    const int x = t.tensor({1, 3, 4}), y = t.tensor({1, 12});
    const int shape = t.w.tensor(ElementKind::int32, {3}), batch = t.w.tensor(ElementKind::int32, {}),
              joined = t.w.tensor(ElementKind::int32, {2});
    t.w.op(Kind::shape, {x}, {shape});
    t.w.op(Kind::strided_slice, {shape, t.list({0}), t.list({1}), t.list({1})}, {batch},
           {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}});
    t.w.op(Kind::pack, {batch, t.w.constant<std::int32_t>(ElementKind::int32, {}, {12})}, {joined},
           {{0, 2}, {1, 0}});
    t.w.op(Kind::reshape, {x, joined}, {y});
    return t.w.file({x}, {y});
  });
}

void add_recurrent(Models& models) {
  models.add("UNIDIRECTIONAL_SEQUENCE_LSTM", both, [](SmallTensors& t) {
    constexpr int features = 2, units = 3;
    const int x = t.tensor({1, 4, features}), y = t.tensor({1, 4, units}, 1.0f / 128, 0);
    std::vector<int> inputs{x};
    for (int g = 0; g < 4; ++g) inputs.push_back(t.weights({units, features}, 1, 0));
    for (int g = 0; g < 4; ++g) inputs.push_back(t.weights({units, units}, 1, 0));
    inputs.insert(inputs.end(), 3, -1);
    for (int g = 0; g < 4; ++g) inputs.push_back(t.bias(units));
    inputs.insert(inputs.end(), 2, -1);
    const ElementKind kind = t.real() ? ElementKind::float32 : ElementKind::int8;
    inputs.push_back(t.w.state(kind, {1, units}, t.real() ? Scales{} : Scales{{1.0f / 128}, {0}, 0}));
    inputs.push_back(t.w.state(t.real() ? kind : ElementKind::int16, {1, units},
                               t.real() ? Scales{} : Scales{{1.0f / 2048}, {0}, 0}));
    inputs.insert(inputs.end(), 4, -1);
    t.w.op(Kind::unidirectional_sequence_lstm, inputs, {y},
           {{0, tanh}, {1, 10.0f}, {2, 0.0f}, {3, std::uint8_t{0}}});
    return t.w.file({x}, {y});
  });
  models.add("SVDF", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 4}), y = t.tensor({1, 2});
    const ElementKind kind = t.real() ? ElementKind::float32 : ElementKind::int8;
    const int feature = t.weights({4, 4}, 1, 0), time = t.weights({4, 3}, 1, 0), bias = t.bias(2),
              state = t.w.state(kind, {1, 12}, t.real() ? Scales{} : Scales{{1.0f / 8}, {0}, 0});
    t.w.op(Kind::svdf, {x, feature, time, bias, state}, {y}, {{0, 2}, {1, relu}});
    return t.w.file({x}, {y});
  });
}

void add_parts(Models& models) {
  models.add("SPLIT_V", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 4}), a = t.tensor({1, 2, 1}), b = t.tensor({1, 2, 3});
    t.w.op(Kind::split_v, {x, t.list({1, -1}), t.list({2})}, {a, b}, {{0, 2}});
    return t.w.file({x}, {a, b});
  });
  models.add("UNPACK and PACK", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3}), a = t.tensor({1, 3}), b = t.tensor({1, 3}), y = t.tensor({1, 3, 2});
    t.w.op(Kind::unpack, {x}, {a, b}, {{0, 2}, {1, 1}});
    t.w.op(Kind::pack, {b, a}, {y}, {{0, 2}, {1, 2}});
    return t.w.file({x}, {y});
  });
  models.add("TILE", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 2}), y = t.tensor({1, 4, 6});
    t.w.op(Kind::tile, {x, t.list({1, 2, 3})}, {y});
    return t.w.file({x}, {y});
  });
  models.add("GATHER", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 3, 2}), y = t.tensor({1, 4, 2});
    t.w.op(Kind::gather, {x, t.list({2, 0, 2, 1})}, {y}, {{0, 1}, {1, 0}});
    return t.w.file({x}, {y});
  });
  models.add("MIRROR_PAD", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({3, 2}), y = t.tensor({6, 3});
    t.w.op(Kind::mirror_pad, {x, t.w.constant<std::int32_t>(ElementKind::int32, {2, 2}, {1, 2, 1, 0})}, {y},
           {{0, std::int8_t{0}}});
    return t.w.file({x}, {y});
  });
  models.add("SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND", all_kinds, [](SmallTensors& t) {
    const auto amounts = [&](const std::vector<std::int32_t>& n) {
      return t.w.constant<std::int32_t>(ElementKind::int32, {2, 2}, n);
    };
    const int x = t.tensor({1, 5, 7, 1}), apart = t.tensor({6, 4, 3, 1}), inside = t.tensor({6, 3, 2, 1}),
              y = t.tensor({1, 5, 4, 1});
    t.w.op(Kind::space_to_batch_nd, {x, t.list({2, 3}), amounts({1, 2, 1, 1})}, {apart});
    t.w.op(Kind::conv_2d, {apart, t.weights({1, 2, 2, 1}, 1, 0), -1}, {inside},
           {{0, valid}, {1, 1}, {2, 1}, {3, none}, {4, 1}, {5, 1}});
    t.w.op(Kind::batch_to_space_nd, {inside, t.list({2, 3}), amounts({0, 1, 0, 2})}, {y});
    return t.w.file({x}, {y});
  });
  models.add("DEQUANTIZE of float16", real, [](SmallTensors& t) {
    const int x = t.tensor({1, 4}), wide = t.tensor({4}), y = t.tensor({1, 4});
    t.w.op(Kind::dequantize,
           {t.w.constant<std::uint16_t>(ElementKind::float16, {4}, {1, 0x3c00, 0x7c00, 0x8000})}, {wide});
    t.w.op(Kind::add, {x, wide}, {y}, {{0, none}});
    return t.w.file({x}, {y});
  });
  models.add("CAST", real, [](SmallTensors& t) {
    const int x = t.w.tensor(ElementKind::uint8, {1, 4}), y = t.tensor({1, 4});
    t.w.op(Kind::cast, {x}, {y});
    return t.w.file({x}, {y});
  });
}

void add_variables(Models& models) {
  models.add("CALL_ONCE, VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE", all_kinds, [](SmallTensors& t) {
    const std::vector<Option> name{{0, std::string("c")}, {1, std::string("v")}};
    const int first = t.w.tensor(ElementKind::resource, {});
    const int constant = t.constant({1, 2}, {7, 5});
    t.w.op(Kind::var_handle, {}, {first}, name);
    t.w.op(Kind::assign_variable, {first, constant}, {});
    t.w.end_called();
    const int x = t.tensor({1, 2}), y = t.tensor({1, 2}), handle = t.w.tensor(ElementKind::resource, {});
    t.w.op(Kind::call_once, {}, {}, {{0, 1}});
    t.w.op(Kind::var_handle, {}, {handle}, name);
    t.w.op(Kind::read_variable, {handle}, {y});
    t.w.op(Kind::assign_variable, {handle, x}, {});
    return t.w.file({x}, {y});
  });
}

/// Of uint8, with a zero point of the weights.
void add_unsigned(Models& models) {
  for (const bool depthwise : {false, true})
    models.add(depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", {ElementKind::uint8}, [=](SmallTensors& t) {
      const int filters = depthwise ? 2 : 3, weights = depthwise ? 8 : 24;
      const int x = t.tensor({1, 4, 3, 2}), y = t.tensor({1, 4, 3, filters});
      const int w = t.w.constant<std::uint8_t>(
          ElementKind::uint8, depthwise ? std::vector<int>{1, 2, 2, 2} : std::vector<int>{3, 2, 2, 2},
          std::vector<std::uint8_t>(static_cast<std::size_t>(weights), 255), {{1.0f / 64}, {5}});
      t.w.op(depthwise ? Kind::depthwise_conv_2d : Kind::conv_2d, {x, w, t.bias(filters)}, {y},
             depthwise ? std::vector<Option>{{0, same}, {1, 1}, {2, 1}, {3, 1}, {4, relu}, {5, 1}, {6, 1}}
                       : std::vector<Option>{{0, same}, {1, 1}, {2, 1}, {3, relu}, {4, 1}, {5, 1}});
      return t.w.file({x}, {y});
    });
  models.add("AVERAGE_POOL_2D", {ElementKind::uint8}, [](SmallTensors& t) {
    const int x = t.tensor({1, 4, 4, 2}), y = t.tensor({1, 2, 2, 2});
    t.w.op(Kind::average_pool_2d, {x}, {y}, {{0, same}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, none}});
    return t.w.file({x}, {y});
  });
  models.add("RESIZE_BILINEAR", {ElementKind::uint8}, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 1}), y = t.tensor({1, 5, 7, 1});
    t.w.op(Kind::resize_bilinear, {x, t.list({5, 7})}, {y}, {{2, std::uint8_t{0}}, {3, std::uint8_t{1}}});
    return t.w.file({x}, {y});
  });
}

}  // namespace

namespace {

Models models_of_layers() {
  Models models;
  add_windows(models);
  add_functions(models);
  add_shapes(models);
  add_recurrent(models);
  add_numbers(models);
  add_reductions(models);
  add_parts(models);
  add_variables(models);
  add_unsigned(models);
  return models;
}

}  // namespace

std::vector<SmallModel> small_models() {
  std::vector<SmallModel> all = models_of_layers().all;
  all.push_back({"signals", [](TfliteWriter& writer) { return SignalModel(writer).file(); }});
  for (const SmallModel& model : small_quantized_models()) all.push_back(model);
  return all;
}

std::vector<TypedModel> small_models_of_all_types() {
  std::vector<TypedModel> typed = models_of_layers().typed;
  for (const SmallModel& model : small_quantized_models())
    for (const ElementKind kind :
         {ElementKind::float32, ElementKind::int8, ElementKind::uint8, ElementKind::int16})
      if (model.name.ends_with(std::string(" ") + host::tflite::name_of(kind)))
        typed.push_back({model, kind});
  return typed;
}

}  // namespace etch::test
