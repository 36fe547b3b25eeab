// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/firmware_ends.hpp>
#include <codegen/model/element_names.hpp>

#include <algorithm>
#include <charconv>

namespace etch::host {

namespace {

/// Inputs or outputs: one is called `in`, several `in0`, `in1`, ...
std::string numbered(std::string_view base, std::size_t count, std::size_t index) {
  return std::string(base) + (count == 1 ? "" : std::to_string(index));
}

/// The same of macros: INPUT, or INPUT_0, INPUT_1, ...
std::string macro_of(std::string_view base, std::size_t count, std::size_t index) {
  return "@NAME@_" + std::string(base) + (count == 1 ? "" : "_" + std::to_string(index));
}

/// The shortest digits that give the same float, as C wants them.
std::string float_text(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return std::string(text, end) + "f";
}

/// `Input 0, "x": 49 x 10 x 1 numbers of type int8_t, which stand for 0.5 * (x + 3).`
std::string description(std::string_view what, const FirmwareEnd& end) {
  std::string text = std::string(what) + (end.name.empty() ? "" : ", \"" + end.name + "\"") + ": ";
  for (int axis = 0; axis < end.shape.rank; ++axis)
    text += (axis > 0 ? " x " : "") + std::to_string(end.shape[axis]);
  if (end.shape.rank == 0) text += std::to_string(end.elements);
  text += std::string(" of type ") + names_of(end.type).c;
  if (end.shape.rank > 1) text += ", the last axis fastest";
  if (end.is_unsigned) text += ", whose bytes are of uint8_t";
  if (end.quantization.scale != 0) text += "; the real number is SCALE * (stored - ZERO_POINT)";
  return "/* " + text + ". */\n";
}

/// `"x"`: what a string of C may hold.
std::string quoted_name(std::string name) {
  for (char& c : name)
    if (c == '"' || c == '?') c = '_';  // ?? begins a trigraph
  return '"' + name + '"';
}

/// `{49, 10, 1}`
std::string shape_text(const FirmwareEnd& end) {
  std::string text;
  for (int axis = 0; axis < end.shape.rank; ++axis)
    text += (axis > 0 ? ", " : "") + std::to_string(end.shape[axis]);
  return '{' + (end.shape.rank == 0 ? std::to_string(end.elements) : text) + '}';
}

constexpr const char* quantizers_text = R"(
/* Real numbers as the nearest stored ones, halves away from zero, those that do not fit as the last that do, NaN as 0;
   and back. */
)";

/// From real numbers to stored ones and back, as the tool does: to the nearest, halves away from zero, NaN
/// as 0. In arithmetic that needs no library.
constexpr const char* quantize_text = R"(static inline @TYPE@ @name@_quantize_@END@(float real) {
  const float scaled = real / @MACRO@_SCALE;
  int32_t whole = @MACRO@_ZERO_POINT;
  if (scaled >= 70000.0f) {
    whole = @MOST@;
  } else if (scaled <= -70000.0f) {
    whole = @LEAST@;
  } else if (scaled == scaled) {
    const int32_t cut = (int32_t)scaled;
    const float rest = scaled - (float)cut;
    whole += cut;
    if (rest >= 0.5f) {
      whole += 1;
    }
    if (rest <= -0.5f) {
      whole -= 1;
    }
  } else {
    /* NaN */
  }
  if (whole > @MOST@) {
    whole = @MOST@;
  }
  if (whole < @LEAST@) {
    whole = @LEAST@;
  }
  return (@TYPE@)whole;
}
static inline float @name@_dequantize_@END@(@TYPE@ stored) {
  const int32_t whole = (int32_t)stored - @MACRO@_ZERO_POINT;
  return (float)whole * @MACRO@_SCALE;
}
)";

bool is_quantized(const FirmwareEnd& end) {
  return end.quantization.scale != 0 && (end.type == ElementType::i8 || end.type == ElementType::i16);
}

/// The functions of each quantized input or output.
std::string quantizers(std::string_view word, std::string_view what, const std::vector<FirmwareEnd>& ends) {
  std::string text;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (!is_quantized(ends[i])) continue;
    const bool bytes = ends[i].type == ElementType::i8;
    std::string one = quantize_text;
    if (ends[i].quantization.zero_point == 0) one = replaced(one, " - @MACRO@_ZERO_POINT", "");
    one = replaced(one, "@TYPE@", names_of(ends[i].type).c);
    one = replaced(one, "@END@", numbered(word, ends.size(), i));
    one = replaced(one, "@MACRO@", macro_of(what, ends.size(), i));
    one = replaced(one, "@MOST@", bytes ? "127" : "32767");
    text += replaced(one, "@LEAST@", bytes ? "-128" : "-32768");
  }
  return text;
}

/// Shape, size, quantization and place of every input or output.
std::string macros(std::string_view what, const std::vector<FirmwareEnd>& ends, bool in_arena) {
  std::string text = "#define @NAME@_" + std::string(what) + "S (" + std::to_string(ends.size()) + ")\n";
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto macro = [&](const char* of, const std::string& value) {
      text += "#define " + macro_of(what, ends.size(), i) + of + "(" + value + ")\n";
    };
    const std::string word = what == "INPUT" ? "Input" : "Output";
    text += description(ends.size() == 1 ? word : word + " " + std::to_string(i), ends[i]);
    macro("_ELEMENTS ", std::to_string(ends[i].elements));
    macro("_RANK ", std::to_string(std::max(ends[i].shape.rank, 1)));
    text += "#define " + macro_of(what, ends.size(), i) + "_SHAPE " + shape_text(ends[i]) + "\n";
    text += "#define " + macro_of(what, ends.size(), i) + "_NAME " + quoted_name(ends[i].name) + "\n";
    macro("_ALIGNMENT ", "4");
    macro("_BYTES ", std::to_string(ends[i].elements * bytes_of(ends[i].type, DType::f32)));
    if (in_arena) macro("_OFFSET ", std::to_string(ends[i].offset));
    if (ends[i].quantization.scale == 0) continue;
    macro("_SCALE ", float_text(ends[i].quantization.scale));
    macro("_ZERO_POINT ", std::to_string(ends[i].quantization.zero_point));
  }
  return text;
}

/// `, const float* in0, const float* in1, float* out`
std::string arguments(const FirmwareEnds& ends, const char* of_inputs) {
  std::string text;
  for (std::size_t i = 0; i < ends.inputs.size(); ++i)
    text += of_inputs + std::string(names_of(ends.inputs[i].type).c) + "* " +
            numbered("in", ends.inputs.size(), i);
  for (std::size_t i = 0; i < ends.outputs.size(); ++i)
    text +=
        std::string(", ") + names_of(ends.outputs[i].type).c + "* " + numbered("out", ends.outputs.size(), i);
  return text;
}

std::string names(std::string_view base, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i ? ", " : "") + numbered(base, count, i);
  return text;
}

/// Checks of where inputs lie: on most cores those of int8 may lie anywhere.
std::string aligned_inputs(const FirmwareEnds& ends) {
  std::string text;
  for (std::size_t i = 0; i < ends.inputs.size(); ++i)
    text += std::string("  if (") +
            (ends.inputs[i].type == ElementType::i8 ? "!etch::kernels::any_address && " : "") +
            "misaligned(inputs[" + std::to_string(i) + "], 4)) return @NAME@_MISALIGNED;\n";
  return text;
}

/// Functions of the header itself: a constant offset takes no code where it is known.
std::string accessors(std::string_view name, std::string_view macro, const std::vector<FirmwareEnd>& ends) {
  std::string text;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::string type = names_of(ends[i].type).c;
    text += "static inline " + type + "* @name@_" + numbered(name, ends.size(), i) +
            "(const @name@_context* context) {\n  void* at = NULL;\n  if ((context != NULL) && "
            "(context->arena != NULL)) {\n    at = &((unsigned char*)context->arena)[" +
            macro_of(macro, ends.size(), i) + "_OFFSET];\n  }\n  return (" + type + "*)at;\n}\n";
  }
  return text;
}

/// That the header's offsets are those of the program beside it.
std::string checked_offsets(std::string_view macro, const std::vector<FirmwareEnd>& ends) {
  std::string text;
  for (std::size_t i = 0; i < ends.size(); ++i)
    text += "static_assert(Model::program.plan.offset[" + std::to_string(ends[i].value) +
            "] == " + macro_of(macro, ends.size(), i) +
            "_OFFSET, \"the files are not of one export: export them again\");\n";
  return text;
}

constexpr const char* arena_text =
    R"(/* The memory that a prediction works in. It holds nothing between calls: models that do not run at the same time
   may share it, and so may other code. */)";

constexpr const char* arena_with_ends_text =
    R"(/* The memory that a prediction works in, inputs and outputs included. After the outputs are read and before the
   next inputs are written it holds nothing: models that do not run at the same time may share it, and so may other
   code. */)";

constexpr const char* accessors_text = R"(
/* Inputs and outputs lie in the arena, and other values use the same memory at other times. Write every input before
   each prediction, which overwrites it. An output is valid from the end of a prediction until the arena is written
   again; writing an input counts. These return NULL before @name@_init. */
)";

constexpr const char* predict_text =
    R"(/* Predicts one sample: reads each input and writes each output as a whole. They must overlap neither the arena nor
   one another. Returns a value of enum @name@_error. */)";

constexpr const char* predict_in_arena_text =
    R"(/* Predicts one sample from the inputs in the arena. Returns a value of enum @name@_error. */)";

constexpr const char* take_text = R"(  const void* const inputs[] = {@INPUTS@};
  void* const outputs[] = {@OUTPUTS@};
  for (const void* input : inputs)
    if (!input) return @NAME@_NULL_POINTER;
@ALIGNED_INPUTS@  for (const void* output : outputs) {
    if (!output) return @NAME@_NULL_POINTER;
    if (misaligned(output, 4)) return @NAME@_MISALIGNED;
  }
)";

}  // namespace

std::string capitals(std::string name) {
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return name;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string hexadecimal(std::uint64_t value, std::size_t digits) {
  std::string text = "0x" + std::string(digits, '0');
  for (std::size_t i = 0; i < digits; ++i) text[digits + 1 - i] = "0123456789abcdef"[(value >> (4 * i)) & 15];
  return text;
}

int bytes_outside(const FirmwareEnds& ends) {
  int bytes = 0;
  for (const auto* list : {&ends.inputs, &ends.outputs})
    for (const FirmwareEnd& end : *list)
      if (!ends.in_arena) bytes += end.elements * bytes_of(end.type, DType::f32);
  return bytes;
}

std::string fill_in_ends(std::string text, const FirmwareEnds& ends) {
  const bool inside = ends.in_arena;
  const auto fill = [&](std::string_view what, const std::string& by) {
    text = replaced(std::move(text), what, by);
  };
  fill("@ENDS@", macros("INPUT", ends.inputs, inside) + macros("OUTPUT", ends.outputs, inside));
  fill("@ARENA_COMMENT@", inside ? arena_with_ends_text : arena_text);
  const bool bytes = std::ranges::find(ends.inputs, ElementType::i8, &FirmwareEnd::type) != ends.inputs.end();
  fill("@ALIGNED_ENDS@", inside  ? ""
                         : bytes ? ",\n     inputs and outputs to 4; inputs of int8 may lie anywhere on "
                                   "cores that load words from any address "
                                   "(Cortex-M3 and up)"
                                 : ", inputs and outputs to 4");
  fill("@ACCESSORS@", inside ? accessors_text + accessors("input", "INPUT", ends.inputs) +
                                   accessors("output", "OUTPUT", ends.outputs)
                             : "");
  fill("@PREDICT_COMMENT@", inside ? predict_in_arena_text : predict_text);
  fill("@CHECK_OFFSETS@",
       inside ? checked_offsets("INPUT", ends.inputs) + checked_offsets("OUTPUT", ends.outputs) : "");
  fill("@TAKE_ENDS@", inside ? "" : replaced(take_text, "@ALIGNED_INPUTS@", aligned_inputs(ends)));
  fill("@PASSED_ENDS@", inside ? "nullptr, nullptr" : "inputs, outputs");
  const std::string functions =
      quantizers("input", "INPUT", ends.inputs) + quantizers("output", "OUTPUT", ends.outputs);
  fill("@QUANTIZERS@", functions.empty() ? "" : quantizers_text + functions);
  fill("@ARGUMENTS@", inside ? "" : arguments(ends, ", const "));
  fill("@WRITTEN_ARGUMENTS@", inside ? "" : arguments(ends, ", "));
  fill("@INPUTS@", names("in", ends.inputs.size()));
  fill("@OUTPUTS@", names("out", ends.outputs.size()));
  return text;
}

}  // namespace etch::host
