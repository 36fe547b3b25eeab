// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/kernel_sets.hpp>
#include <runtime/kernels/numerics.hpp>

#include <type_traits>

// What this compilation is for and which kernels it takes: the one place that looks at the compiler's macros
// for it (language.hpp looks at those that would change results). Whichever kernels these are, the bits are
// those of the portable ones.

/// Whether loops may be assembly: that of GCC for Thumb-2, and of Clang where there is Arm's DSP extension
/// without Helium. It needs registers that compilers keep for themselves without optimisation and in code
/// that may lie anywhere. `ETCH_NO_ASSEMBLY` is for all other reasons: C++ does the same.
#if defined(__thumb2__) && defined(__OPTIMIZE__) && !defined(__PIC__) && !defined(__ARM_BIG_ENDIAN) && \
    !defined(ETCH_NO_ASSEMBLY) && !defined(ETCH_PORTABLE_KERNELS)
#define ETCH_ASSEMBLES 1
#else
#define ETCH_ASSEMBLES 0
#endif
#if ETCH_ASSEMBLES && defined(__clang__) && defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE)
#define ETCH_CLANG_ASSEMBLY 1
#else
#define ETCH_CLANG_ASSEMBLY 0
#endif
#if ETCH_CLANG_ASSEMBLY || (ETCH_ASSEMBLES && !defined(__clang__))
#define ETCH_ASSEMBLY 1
#else
#define ETCH_ASSEMBLY 0
#endif

/// Attributes of a function whose assembly takes all 14 registers, r7 among them: by itself, so that it has
/// no frame pointer even where the rest of the program has.
#if ETCH_ASSEMBLY && !ETCH_CLANG_ASSEMBLY
#define ETCH_ALL_REGISTERS gnu::noinline, gnu::optimize("omit-frame-pointer")
#else
#define ETCH_ALL_REGISTERS gnu::noinline
#endif

/// Whether there are the instructions of Helium and of Arm's DSP extension, and assembly may use them.
#if ETCH_ASSEMBLY && defined(__ARM_FEATURE_MVE)
#define ETCH_MVE_KERNELS 1
#else
#define ETCH_MVE_KERNELS 0
#endif
#if ETCH_ASSEMBLY && defined(__ARM_FEATURE_DSP)
#define ETCH_DSP_KERNELS 1
#else
#define ETCH_DSP_KERNELS 0
#endif

/// Whether assembly, that of GCC, may use the registers of a float unit.
#if ETCH_ASSEMBLY && !ETCH_CLANG_ASSEMBLY && defined(__ARM_FP) && (__ARM_FP & 4)
#define ETCH_FLOAT_ASSEMBLY 1
#else
#define ETCH_FLOAT_ASSEMBLY 0
#endif

/// Whether loops of floats may use Helium's vectors (fused/helium_loops.hpp). A Cortex-M55 may have Helium
/// for whole numbers alone, which no macro of the compiler tells: `ETCH_HELIUM_FLOATS` says that the core has
/// both.
#if ETCH_FLOAT_ASSEMBLY && ETCH_MVE_KERNELS && defined(ETCH_HELIUM_FLOATS)
#define ETCH_HELIUM_FLOAT_KERNELS 1
#else
#define ETCH_HELIUM_FLOAT_KERNELS 0
#endif

/// Numbers of 32 bits in the widest vector of whole numbers that is worth having; 0: none. Plain vector types
/// and, on x86, compilers' builtins.
#if defined(__AVX512F__) && defined(__AVX512BW__)
#define ETCH_INTEGER_LANES 16
#elif defined(__AVX2__)
#define ETCH_INTEGER_LANES 8
#elif defined(__SSE2__) || (defined(__aarch64__) && !defined(__AARCH64EB__))
#define ETCH_INTEGER_LANES 4
#else
#define ETCH_INTEGER_LANES 0
#endif

/// How wide x86's own instructions are.
#if defined(__SSE2__)
#define ETCH_X86_LANES ETCH_INTEGER_LANES
#else
#define ETCH_X86_LANES 0
#endif
/// Whether products of pairs meet sums in one instruction.
#if ETCH_X86_LANES == 16 && defined(__AVX512VNNI__)
#define ETCH_VNNI_LANES 1
#else
#define ETCH_VNNI_LANES 0
#endif
#if defined(__aarch64__) && ETCH_INTEGER_LANES
#define ETCH_NEON_LANES 1
#else
#define ETCH_NEON_LANES 0
#endif

// The rows of the two tables of kernels that this compilation takes: a header each, which names the kernels
// that are not portable.

// NOLINTBEGIN(bugprone-macro-parentheses): names of headers
#if (defined(__AVX2__) || (ETCH_NEON_LANES && !defined(ETCH_SIZE_KERNELS))) && !defined(ETCH_PORTABLE_KERNELS)
#define ETCH_FLOAT_KERNELS <runtime/kernels/vector/float_kernels.hpp>
#else
#define ETCH_FLOAT_KERNELS <runtime/kernels/portable/float_kernels.hpp>
#endif

#if ETCH_MVE_KERNELS && defined(ETCH_SIZE_KERNELS)
#define ETCH_INT8_KERNELS <runtime/kernels/mve/int8_small_kernels.hpp>
#define ETCH_KERNEL_SET mve_small
#elif ETCH_MVE_KERNELS
#define ETCH_INT8_KERNELS <runtime/kernels/mve/int8_kernels.hpp>
#define ETCH_KERNEL_SET mve
#elif ETCH_DSP_KERNELS && defined(ETCH_SIZE_KERNELS)
#define ETCH_INT8_KERNELS <runtime/kernels/dsp/int8_small_kernels.hpp>
#define ETCH_KERNEL_SET dsp_small
#elif ETCH_DSP_KERNELS
#define ETCH_INT8_KERNELS <runtime/kernels/dsp/int8_kernels.hpp>
#define ETCH_KERNEL_SET dsp
#elif ETCH_INTEGER_LANES && !defined(ETCH_PORTABLE_KERNELS) && !defined(ETCH_SIZE_KERNELS)
#define ETCH_INT8_KERNELS <runtime/kernels/lanes/int8_kernels.hpp>
#define ETCH_KERNEL_SET lanes
#elif !defined(__OPTIMIZE__) || defined(ETCH_PORTABLE_KERNELS) || \
    defined(ETCH_SIZE_KERNELS)  // in the size mode the portable kernels are smaller
#define ETCH_INT8_KERNELS <runtime/kernels/portable/int8_kernels.hpp>
#define ETCH_KERNEL_SET portable
#elif defined(__thumb2__)
#define ETCH_INT8_KERNELS <runtime/kernels/scalar/int8_kernels.hpp>
#define ETCH_KERNEL_SET scalar
#else
#define ETCH_INT8_KERNELS <runtime/kernels/scalar/int8_kernels.hpp>
#define ETCH_KERNEL_SET triples
#endif
// NOLINTEND(bugprone-macro-parentheses)

// The `FusedForm` of numerics.hpp.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__FP_FAST_FMAF) || \
    (defined(__riscv_flen) && __riscv_flen >= 32)
#define ETCH_FUSED_FORM instruction
#elif (defined(__arm__) && (!defined(__ARM_FP) || !(__ARM_FP & 8))) || defined(__riscv)
#define ETCH_FUSED_FORM integers
#else
#define ETCH_FUSED_FORM doubles
#endif

// Vectors whose fused multiply-add is one instruction: of up to 8 floats, of 16 too, or none.
#if defined(__FMA__) && defined(__AVX512F__)
#define ETCH_VECTOR_FMA 2
#elif defined(__FMA__)
#define ETCH_VECTOR_FMA 1
#else
#define ETCH_VECTOR_FMA 0
#endif

/// Whether the machine takes a vector of 16 floats as two halves, one after the other (Zen 4, which compilers
/// before GCC 13 and Clang 16 take for Zen 3): then products and sums apart of whole ones take 1.4 times as
/// long as those of halves, fused ones as long.
#if ETCH_VNNI_LANES && (defined(__znver3__) || defined(__znver4__))
#define ETCH_HALF_TILES 1
#else
#define ETCH_HALF_TILES 0
#endif

// The name of all that is decided here, `avx2_instruction_portable_plain_silent` for instance.
#if ETCH_HALF_TILES
#define ETCH_TARGET_VECTORS avx512_vnni_halves
#elif ETCH_VNNI_LANES
#define ETCH_TARGET_VECTORS avx512_vnni
#elif defined(__AVX512F__) && ETCH_INTEGER_LANES == 16
#define ETCH_TARGET_VECTORS avx512
#elif defined(__AVX512F__)
#define ETCH_TARGET_VECTORS avx512_floats
#elif defined(__AVX2__) && defined(ETCH_WIDER_LANES)
#define ETCH_TARGET_VECTORS avx2_wider
#elif defined(__AVX2__)
#define ETCH_TARGET_VECTORS avx2
#elif defined(ETCH_WIDER_LANES)
#define ETCH_TARGET_VECTORS base_wider
#else
#define ETCH_TARGET_VECTORS base
#endif
#if defined(ETCH_PORTABLE_KERNELS) && defined(ETCH_SIZE_KERNELS)
#define ETCH_TARGET_MODE portable_small
#elif defined(ETCH_PORTABLE_KERNELS)
#define ETCH_TARGET_MODE portable
#elif defined(ETCH_SIZE_KERNELS)
#define ETCH_TARGET_MODE small
#elif ETCH_CLANG_ASSEMBLY
#define ETCH_TARGET_MODE clang_assembly
#elif ETCH_HELIUM_FLOAT_KERNELS
#define ETCH_TARGET_MODE helium_assembly
#elif ETCH_ASSEMBLY
#define ETCH_TARGET_MODE assembly
#else
#define ETCH_TARGET_MODE plain
#endif
#if defined(ETCH_PROFILE) || defined(ETCH_VERIFY)
#define ETCH_TARGET_HOOKS hooks
#else
#define ETCH_TARGET_HOOKS silent
#endif
#define ETCH_JOINED_2(a, b, c, d, e) a##_##b##_##c##_##d##_##e
#define ETCH_JOINED(a, b, c, d, e) ETCH_JOINED_2(a, b, c, d, e)

/// The namespace of all code whose text depends on what is decided here: of kernels and of everything inline
/// above them. Files of one program may be compiled with other switches and for other targets, and the linker
/// keeps one of two functions of one name. Data lies outside of it, as weights, states, arenas and programs
/// are, and so do the classes of models: these are the same in all files.
#define ETCH_TARGET \
  ETCH_JOINED(ETCH_TARGET_VECTORS, ETCH_FUSED_FORM, ETCH_KERNEL_SET, ETCH_TARGET_MODE, ETCH_TARGET_HOOKS)

/// An attribute of such a class's members that run programs: the same name, as a part of theirs.
#define ETCH_TEXT_2(name) #name
#define ETCH_TEXT(name) ETCH_TEXT_2(name)
#define ETCH_OF_TARGET gnu::abi_tag(ETCH_TEXT(ETCH_TARGET))

namespace etch::kernels::inline ETCH_TARGET {

/// The row of int8 kernels that this compilation takes.
inline constexpr KernelSet kernel_set = KernelSet::ETCH_KERNEL_SET;

/// The row that a model's plan must have room for. Sources that are written for a board run on the desktop
/// too, where steps without room for vectors take the portable kernels.
inline constexpr KernelSet planned_set = kernel_set == KernelSet::lanes ? KernelSet::portable : kernel_set;

/// What a fused multiply-add of floats is made of.
inline constexpr FusedForm fused_form = FusedForm::ETCH_FUSED_FORM;

/// Whether kernels of whole numbers have vector registers of their own.
inline constexpr bool integer_vectors = ETCH_MVE_KERNELS == 1;

/// Numbers of 32 bits in the widest vector of the kernels of `lanes/`. `ETCH_WIDER_LANES` is for tests: the
/// width of a better machine, of halves.
#if defined(ETCH_WIDER_LANES)
inline constexpr int integer_lanes = 2 * ETCH_INTEGER_LANES;
#else
inline constexpr int integer_lanes = ETCH_INTEGER_LANES;
#endif

/// Whether the core loads words from any address, so that inputs of int8 may lie at any. Kernels that read
/// them load words by `ldr` or copies alone.
#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__)
inline constexpr bool any_address = true;
#else
inline constexpr bool any_address = false;
#endif

/// Whether the core multiplies two words into two.
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__) || (defined(__riscv) && !defined(__riscv_mul))
inline constexpr bool long_products = false;
#else
inline constexpr bool long_products = true;
#endif

/// Whether the core limits a number to bits in one instruction, which compilers make of two comparisons.
#if defined(__ARM_FEATURE_SAT)
inline constexpr bool saturates = true;
#else
inline constexpr bool saturates = false;
#endif

/// Whether a register holds 64 bits.
inline constexpr bool wide_registers = sizeof(void*) > 4;

/// Whether sums of many filters at once would not fit registers.
#if defined(__arm__)
inline constexpr bool few_registers = true;
#else
inline constexpr bool few_registers = false;
#endif

/// Whether code shall be small before it is fast.
#if defined(ETCH_SIZE_KERNELS)
inline constexpr bool size_mode = true;
#else
inline constexpr bool size_mode = false;
#endif

/// Whether code calls the hooks of `runtime/step_hook.h` around each step.
#if defined(ETCH_PROFILE) || defined(ETCH_VERIFY)
inline constexpr bool calls_hooks = true;
#else
inline constexpr bool calls_hooks = false;
#endif

/// Floats of a vector register.
#if defined(__AVX512F__)
inline constexpr int register_floats = 16;
#elif defined(__AVX2__)
inline constexpr int register_floats = 8;
#else
inline constexpr int register_floats = 4;
#endif

/// Floats of the widest vector that the kernels of `vector/` use.
#if defined(ETCH_WIDER_LANES)
inline constexpr int vector_floats = register_floats < 16 ? 2 * register_floats : 16;
#else
inline constexpr int vector_floats = register_floats;
#endif

}  // namespace etch::kernels::inline ETCH_TARGET

namespace etch::kernels {

/// Whether the compiler makes vectors of plain loops, and how it chooses between numbers decides that.
#if defined(__x86_64__) || defined(__aarch64__)
inline constexpr bool vectorizes_loops = true;
#else
inline constexpr bool vectorizes_loops = false;
#endif

/// Whether a product and its sum are better two instructions: on a Cortex-M4 VMLA, which rounds twice too,
/// takes three cycles. GCC makes it of them for size. Only float units of FPv4 lack directed rounding.
#if ETCH_FLOAT_ASSEMBLY && !defined(__ARM_FEATURE_DIRECTED_ROUNDING)
inline constexpr bool splits_products = true;
#else
inline constexpr bool splits_products = false;
#endif

/// A product that no compiler joins with a sum, whatever its -ffp-contract is. Clang joins them only within
/// an expression, unless told -ffp-contract=fast, which no word of a program takes back.
template <class T>
[[gnu::always_inline]] constexpr T rounded_now(T product) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (splits_products && std::is_same_v<T, float>)
    if (!std::is_constant_evaluated()) asm("" : "+t"(product));
#endif
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
  return __builtin_assoc_barrier(product);
#else
  return product;
#endif
}

#if (defined(__arm__) && !defined(__ARM_FP)) || (defined(__riscv) && !defined(__riscv_flen))
inline constexpr bool has_float_hardware = false;
#else
inline constexpr bool has_float_hardware = true;
#endif

}  // namespace etch::kernels
