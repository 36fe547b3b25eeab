// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prove/overflow.hpp>
#include <codegen/prove/proof_files.hpp>

#include <string>
#include <utility>
#include <vector>

namespace etch::host {

enum class Verdict {
  proven,
  excepted,  ///< but for what is found, which is explained
  unproven,  ///< what is found speaks against it, or nothing is known
  not_run    ///< the findings say what is missing
};
const char* verdict_text(Verdict verdict);

/// One thing that a certificate says of a model.
struct Claim {
  std::string id, title;  ///< "data"; what is proven, a sentence
  Verdict verdict = Verdict::not_run;
  std::vector<std::string> kernels{};   ///< whose code it is about: "portable", "lanes", or a core's
  std::vector<std::string> findings{};  ///< sentences, lower case
};

/// What is proven of a model, and of which files.
struct Certificate {
  std::string model;
  std::vector<std::pair<std::string, std::string>> subject;  ///< what, and its hash or version
  std::vector<Claim> claims;
  std::vector<StepNumbers> numbers;  ///< behind the claim on overflow

  bool holds() const;  ///< no claim is unproven
};

/// Proves what it can with the compilers that are there, in `options.folder`, where all that was compiled and
/// run stays. \param model as it ships: `prepare`. Throws `Error` where the files cannot be written.
Certificate prove(const ImportedModel& model, const ImportedProgram& program, const ProofOptions& options);

}  // namespace etch::host
