// SPDX-License-Identifier: BSL-1.0
// The operators of TensorFlow Lite Micro's audio front end.
#include <codegen/formats/tflite/custom_options.hpp>
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/signal_tables.hpp>

#include <algorithm>
#include <iterator>

namespace etch::host::tflite {

namespace {

int option(const Context& c, const char* name) {
  const auto number = custom_option(c.op().custom_options, name);
  if (!number) c.refuse("is damaged: its options do not say '" + std::string(name) + "'");
  return *number;
}

void require_kinds(const Context& c, std::initializer_list<ElementKind> inputs,
                   std::initializer_list<ElementKind> outputs) {
  c.require(c.op().inputs.size() == inputs.size() && c.op().outputs.size() == outputs.size(),
            "is damaged: it has another number of inputs or results");
  int k = 0;
  for (const ElementKind kind : inputs)
    if (c.input(k++).kind != kind)
      c.refuse("is supported with " + std::string(name_of(kind)) + " as its input " + std::to_string(k - 1) +
               " only");
  k = 0;
  for (const ElementKind kind : outputs)
    if (c.output(k++).kind != kind)
      c.refuse("is supported with " + std::string(name_of(kind)) + " as its result " + std::to_string(k - 1) +
               " only");
}

void require_list(const Context& c, const FileTensor& t, int elements) {
  if (t.elements() != elements)
    c.refuse("is damaged: " + c.described(t) + " has not " + std::to_string(elements) + " numbers");
}

using enum ElementKind;

void import_window(Context& c) {
  require_kinds(c, {int16, int16}, {int16});
  c.require_extents(c.output(), c.input(0).shape);
  const Tensor x = c.value(0);
  const ops::SignalWindow::Attributes window{c.input(1).elements(), option(c, "shift")};
  c.define(c.add_step(op_code<ops::SignalWindow>, pack(window), x.shape, ElementType::i16, {&x, 1},
                      {c.stored(c.input(1), int16)}));
}

void import_auto_scale(Context& c) {
  require_kinds(c, {int16}, {int16, int32});
  c.require_extents(c.output(), c.input(0).shape);
  require_list(c, c.output(1), 1);
  const Tensor x = c.value(0);
  const auto results = c.add_steps(1, op_code<ops::SignalFftAutoScale>, {}, std::array{x.shape, Shape{1}},
                                   ElementType::i16, {&x, 1});
  for (int k = 0; k < 2; ++k) c.define(results[static_cast<std::size_t>(k)], k);
}

void import_rfft(Context& c) {
  require_kinds(c, {int16}, {int16});
  c.require(!c.input(0).shape.empty(), "is damaged: its input has no extents");
  const kernels::SignalRfft rfft{option(c, "fft_length"), c.input(0).shape.back()};
  c.require(rfft.length >= 4 && rfft.length <= ops::SignalRfft::most_length &&
                (rfft.length & (rfft.length - 1)) == 0,
            "is supported for 4 to 65,536 samples, a power of two");
  std::vector<int> extents = c.input(0).shape;
  extents.back() = rfft.length + 2;
  c.require_extents(c.output(), extents);
  const Tensor x = c.value(0);
  c.define(c.add_step(op_code<ops::SignalRfft>, pack(rfft), c.sample_shape(c.output()), ElementType::i16,
                      {&x, 1}, {int8::twiddles(rfft)}));
}

void import_energy(Context& c) {
  require_kinds(c, {int16}, {uint32});
  const Tensor x = c.value(0);
  const ops::SignalEnergy::Attributes range{option(c, "start_index"), option(c, "end_index")};
  c.define(c.add_step(op_code<ops::SignalEnergy>, pack(range), {c.output().elements()}, ElementType::i32,
                      {&x, 1}));
}

void import_filter_bank(Context& c) {
  require_kinds(c, {uint32, int16, int16, int16, int16, int16}, {uint64});
  const int channels = option(c, "num_channels");
  require_list(c, c.output(), channels);
  require_list(c, c.input(2), c.input(1).elements());
  for (int k = 3; k < 6; ++k)
    c.require(c.input(k).elements() - 1 == channels, "is damaged: its filters are not those of its channels");
  const Tensor x = c.value(0);
  std::vector<ConstantArray> constants;
  for (int k = 1; k < 6; ++k) constants.push_back(c.stored(c.input(k), int16));
  const ops::SignalFilterBank::Attributes bank{channels, c.input(1).elements()};
  c.define(c.add_step(op_code<ops::SignalFilterBank>, pack(bank), c.sample_shape(c.output()),
                      ElementType::i32, {&x, 1}, constants));
}

void import_square_root(Context& c) {
  require_kinds(c, {uint64, int32}, {uint32});
  c.require_extents(c.output(), c.input(0).shape);
  const Tensor inputs[]{c.value(0), c.value(1, {1})};
  c.define(c.add_step(op_code<ops::SignalFilterBankSquareRoot>, {}, c.sample_shape(c.output()),
                      ElementType::i32, inputs));
}

/// Its estimate of the noise is no tensor of the file.
void import_spectral_subtraction(Context& c) {
  require_kinds(c, {uint32}, {uint32, uint32});
  const Tensor x = c.value(0);
  require_list(c, c.input(0), option(c, "num_channels"));
  for (int k = 0; k < 2; ++k) c.require_extents(c.output(k), c.input(0).shape);
  const auto word = [&](const char* name) { return static_cast<std::uint32_t>(option(c, name)); };
  const kernels::SignalSubtraction subtraction{
      word("alternate_one_minus_smoothing"), word("alternate_smoothing"),           option(c, "clamping"),
      word("min_signal_remaining"),          word("one_minus_smoothing"),           word("smoothing"),
      option(c, "smoothing_bits"),           option(c, "spectral_subtraction_bits")};
  const Tensor inputs[]{x, c.ModelWriter::state(x.shape.size(), ElementType::i32)};
  const auto results = c.add_steps(1, op_code<ops::SignalFilterBankSpectralSubtraction>, pack(subtraction),
                                   std::array{x.shape, x.shape}, ElementType::i32, inputs);
  for (int k = 0; k < 2; ++k) c.define(results[static_cast<std::size_t>(k)], k);
}

void import_pcan(Context& c) {
  require_kinds(c, {uint32, uint32, int16}, {uint32});
  for (const FileTensor* t : {&c.input(1), &c.output()}) c.require_extents(*t, c.input(0).shape);
  require_list(c, c.input(2), kernels::gain_table_size);
  const Tensor inputs[]{c.value(0), c.value(1)};
  const ops::SignalPcan::Attributes pcan{option(c, "snr_shift")};
  c.define(c.add_step(op_code<ops::SignalPcan>, pack(pcan), inputs[0].shape, ElementType::i32, inputs,
                      {c.stored(c.input(2), int16)}));
}

void import_log(Context& c) {
  require_kinds(c, {uint32}, {int16});
  c.require_extents(c.output(), c.input(0).shape);
  const Tensor x = c.value(0);
  const ops::SignalFilterBankLog::Attributes log{option(c, "output_scale"),
                                                 option(c, "input_correction_bits")};
  c.define(c.add_step(op_code<ops::SignalFilterBankLog>, pack(log), x.shape, ElementType::i16, {&x, 1},
                      {int8::log_table()}));
}

struct CustomImport {
  const char* name;
  ImportFunction import;
  ElementKind kind;  ///< of its first input
};

constexpr CustomImport custom_imports[]{
    {"SignalWindow", import_window, ElementKind::int16},
    {"SignalFftAutoScale", import_auto_scale, ElementKind::int16},
    {"SignalRfft", import_rfft, ElementKind::int16},
    {"SignalEnergy", import_energy, ElementKind::int16},
    {"SignalFilterBank", import_filter_bank, ElementKind::uint32},
    {"SignalFilterBankSquareRoot", import_square_root, ElementKind::uint64},
    {"SignalFilterBankSpectralSubtraction", import_spectral_subtraction, ElementKind::uint32},
    {"SignalPCAN", import_pcan, ElementKind::uint32},
    {"SignalFilterBankLog", import_log, ElementKind::uint32},
};

}  // namespace

std::vector<std::string> custom_operators() {
  std::vector<std::string> names;
  for (const CustomImport& entry : custom_imports) names.emplace_back(entry.name);
  return names;
}

std::string custom_type(const std::string& name) {
  const auto* const found = std::ranges::find(custom_imports, name, &CustomImport::name);
  return found == std::end(custom_imports) ? "" : name_of(found->kind);
}

void import_custom(Context& c) {
  const auto* const found = std::ranges::find(custom_imports, c.op().custom, &CustomImport::name);
  c.require(found != std::end(custom_imports), "is not supported");
  found->import(c);
}

}  // namespace etch::host::tflite
