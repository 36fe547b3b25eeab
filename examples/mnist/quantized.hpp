// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <runtime/host/data/mnist.hpp>

#include <filesystem>

/// Quantizes a trained model to int8 or 16x8 with some training images, counts how many test images it gets
/// right, and writes it as firmware for a Cortex-M4 with what the firmware is to predict. Of int8, also
/// counts them with weights of 4 bits. Returns the accuracy.
double write_quantized(const etch::host::ImportedModel& trained, const etch::host::Mnist& data,
                       etch::ElementType activations, const std::filesystem::path& folder);
