// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/step_forms.hpp>

namespace etch::host::declare {

namespace {

template <class Layer>
StepForm recurrent(const char* type, const StepView& view) {
  const auto a = unpack<ops::RecurrentAttributes>(view.step.attributes);
  if (a.masked) return no_form("it has a mask");
  if (a.cell_clip != 0) return no_form("its cell is clipped");
  if (!a.stateful && (a.initial_state || a.return_state))
    return no_form("it begins with a state of another step, or returns its own");
  FormOf<Layer> form(type);
  form.first("units", &Layer::units, a.units).set("activation", &Layer::activation, a.activation);
  if constexpr (requires { &Layer::recurrent_activation; })
    form.set("recurrent_activation", &Layer::recurrent_activation, a.recurrent_activation);
  form.set("use_bias", &Layer::use_bias, a.use_bias != 0)
      .set("return_sequences", &Layer::return_sequences, a.return_sequences != 0)
      .set("go_backwards", &Layer::go_backwards, a.go_backwards != 0)
      .set("stateful", &Layer::stateful, a.stateful != 0);
  if constexpr (requires { &Layer::reset_after; })
    form.set("reset_after", &Layer::reset_after, a.reset_after != 0);
  return one_layer(form.one_input());
}

}  // namespace

StepForm simple_rnn_form(const StepView& view) { return recurrent<SimpleRNN>("SimpleRNN", view); }
StepForm lstm_form(const StepView& view) { return recurrent<LSTM>("LSTM", view); }
StepForm gru_form(const StepView& view) { return recurrent<GRU>("GRU", view); }

}  // namespace etch::host::declare
