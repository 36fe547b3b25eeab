// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/interpreter.hpp>

// The interpreter with the kernels that the desktop library holds: nobody who calls it compiles them.
namespace etch::host {

/// Runs the steps [first, last) of a program with the kernels of compiled code.
void run_program(const ProgramView& program, int first, int last, const Regions& regions,
                 const kernels::Call& call = {.rows = 1});

/// The same of a program that is planned for numbers of twice the precision: what gradients are checked with.
void run_program_in_double(const ProgramView& program, int first, int last, const Regions& regions,
                           const kernels::Call& call = {.rows = 1});

/// Runs one step of a graph, on operands wherever they lie.
void run_step(const GraphView& graph, const Step& step, const kernels::Call& call, void* const* operands);

/// Where the two above go for graphs of fused numerics.
void run_program_fused(const ProgramView& program, int first, int last, const Regions& regions,
                       const kernels::Call& call);
void run_step_fused(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands);

/// Runs a step of an op of whole numbers, whose kernel is the same whatever floats are made of.
void run_whole_step(const GraphView& graph, const Step& step, const kernels::Call& call,
                    void* const* operands);

}  // namespace etch::host
