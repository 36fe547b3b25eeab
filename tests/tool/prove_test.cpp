// SPDX-License-Identifier: BSL-1.0
// etch prove: what is read from logs, which numbers steps compute, and whole certificates ("[prove]" and
// "[prove_long]", which compile with clang++).
#include <codegen/firmware/needed_headers.hpp>
#include <codegen/firmware/toolchain.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/prove/certificate_text.hpp>
#include <codegen/prove/core_log.hpp>
#include <codegen/prove/sanitizer_log.hpp>
#include <tests/tool/run_etch.hpp>
#include <tests/unit/int8_models.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

namespace {

using namespace etch;
using namespace etch::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

const host::Claim& claim(const host::Certificate& certificate, const std::string& id) {
  const auto found = std::ranges::find(certificate.claims, id, &host::Claim::id);
  REQUIRE(found != certificate.claims.end());
  return *found;
}

/// Convolutions of both kinds, pooling of both, a sum, a table and softmax.
host::ImportedModel small_model() {
  Int8Models m(3);
  Tensor x = m.pool(m.convolution(m.input({14, 11, 3}), 8, 3, 1, true), false);
  x = m.sum(m.convolution(x, 8, 1, 1, false), m.depthwise(x, 1, 3, 1, true));
  return m.model({m.softmax(m.dense(m.pool(m.table(x), true), 5))});
}

/// Recurrent steps, those of two tensors that few models have, PReLU, and 16x8.
host::ImportedModel rare_model() {
  Int8Models m(3);
  const Tensor x = m.prelu(m.svdf(Int8Models::as(m.lstm(m.input({4, 8}), 4), {16}), 8, 3));
  const Tensor q = m.combine(kernels::BinaryKind::divide, x, m.svdf(x, 8, 2));
  return m.model({m.through_int16(m.combine(kernels::BinaryKind::squared_difference, q, x), 4)});
}

host::Certificate certificate_of(const host::ImportedModel& model, const fs::path& folder,
                                 const fs::path& headers) {
  const host::ImportedModel shipped = host::prepare(model);
  return host::prove(shipped, *host::program_of(shipped), {.folder = folder, .headers = headers});
}

fs::path tree() { return host::find_headers(fs::read_symlink("/proc/self/exe")); }

bool has_clang() {
  if (host::is_installed("clang++") && host::is_installed("clang")) return true;
  WARN("skipped: clang++ is not installed");
  return false;
}

}  // namespace

TEST_CASE("a log of the memory sanitizer tells the lines of Etch, how often, and whose steps they are") {
  const std::string report =
      "==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n"
      "    #0 0x1 in __countl_zero<unsigned> /usr/include/c++/12/bit:200:11\n"
      "    #1 0x2 in f /tmp/p/headers/runtime/kernels/portable/x.hpp:10:11\n"
      "    #2 0x3 in run /tmp/p/headers/etch/ops/x.hpp:57:7\n\n";
  const auto log = host::read_data_log(
      "==7==WARNING: MemorySanitizer: before anything is asked\n\n"
      "proof: data is unknown\nproof: step 4\n" +
      report + report + "proof: step 5\n" + report +
      "==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n"
      "    #0 0x1  (/tmp/p/data_lanes+0x55)\n\n"
      "proof: data is known\n" +
      report + "proof: output 1 is undefined\nproof: done\n");
  CHECK(log.done);
  REQUIRE(log.places.contains("runtime/kernels/portable/x.hpp:10"));
  const auto& place = log.places.at("runtime/kernels/portable/x.hpp:10");
  CHECK(place.times == 3);
  CHECK(place.steps == std::set{4, 5});
  CHECK(log.places.size() == 2);
  CHECK_THAT(log.places.begin()->first, Contains("does not name"));
  CHECK(log.stale == std::vector<std::string>{"runtime/kernels/portable/x.hpp:10", "output 1 is undefined"});
  CHECK_FALSE(host::read_data_log("proof: data is unknown\n").done);
  CHECK(host::read_data_log("").places.empty());
}

TEST_CASE("a log of a core tells the least and the most instructions, of predictions and of steps") {
  const auto log = host::read_core_log(
      "predict 0 900\nstep 0 400\nstep 1 480\npredict 1 940\nstep 0 420\nstep 1 480\nrun.sh: x\ntick 0 40\n");
  CHECK(log.inputs == 2);
  CHECK(log.predictions.low == 900);
  CHECK(log.predictions.spread() == 40);
  REQUIRE(log.steps.size() == 2);
  CHECK(log.steps[0].spread() == 20);
  CHECK(log.steps[1].spread() == 0);
  CHECK(log.tick == 40);
  CHECK_FALSE(log.done);
  CHECK(host::read_core_log("proof: done\n").done);
}

TEST_CASE("a log of addresses tells which steps touch others for some inputs, and what is not theirs") {
  const std::string first = "touched ab 10 0\ntouched c 7 0\n";
  const auto same = host::read_address_log(first + first, 2, 2);
  REQUIRE(same.size() == 2);
  CHECK(same[0].hash == 0xab);
  CHECK(same[1].accesses.high == 7);
  CHECK((same[0].same && same[1].same && same[0].outside == 0));
  const auto other = host::read_address_log(first + "touched ab 10 3\ntouched d 7 0\n", 2, 2);
  REQUIRE(other.size() == 2);
  CHECK((other[0].same && other[0].outside == 3 && !other[1].same));
  CHECK(host::read_address_log(first, 2, 2).empty());  // an input is missing
  CHECK(host::read_address_log("qemu: no\n" + first, 2, 1).empty());
  CHECK(host::read_address_log("", 0, 0).empty());
}

TEST_CASE("a sum of products is within its bounds whatever the order, and reaches them") {
  PartialSums sums(100);
  sums.add(3, {-128, 127});
  sums.add(-2, {-128, 10});
  sums.add(5, {4, 6});  // never below zero: it is missing, or at least 20
  ComputedNumbers numbers;
  sums.say(numbers, {1 << 30, 2});
  REQUIRE(numbers.all().size() == 3);
  const ComputedNumber &sum = numbers.all()[0], &raised = numbers.all()[1];
  CHECK(sum.low == -384 - 20);
  CHECK(sum.high == 100 + 381 + 256 + 30);
  CHECK(raised.low == 4 * (100 - 384 - 20 + 20));
  CHECK(raised.high == 4 * (100 + 381 + 256 + 30));
  CHECK(sum.proven());
}

TEST_CASE("a number beyond its type is not proven, unless the kernel keeps it within") {
  CHECK(ComputedNumber{"", 32, INT32_MIN, INT32_MAX}.proven());
  CHECK_FALSE(ComputedNumber{"", 32, INT32_MIN - std::int64_t{1}, 0}.proven());
  CHECK_FALSE(ComputedNumber{"", 32, 0, INT32_MAX + std::int64_t{1}}.proven());
  CHECK(ComputedNumber{"", 32, 0, INT32_MAX + std::int64_t{1}, true}.proven());
  CHECK(ComputedNumber{"", 64, INT64_MIN, INT64_MAX}.proven());
  host::StepNumbers step;
  CHECK_FALSE(step.proven());  // nothing is known
  step.numbers.add("sum", 0, std::int64_t{1} << 31);
  CHECK_FALSE(step.proven());
}

TEST_CASE("all numbers of a model's steps are known, and proven") {
  for (const bool rare : {false, true}) {
    const host::ImportedModel model = host::prepare(rare ? rare_model() : small_model());
    const auto steps = host::numbers_of(model, *host::program_of(model));
    CHECK(steps.size() > 5);
    for (const host::StepNumbers& step : steps) {
      INFO(step.op);
      CHECK(step.proven());
      CHECK_FALSE(step.floats_alone);
    }
  }
}

TEST_CASE("prove says which option is wrong, and writes nothing") {
  const TemporaryFolder folder;
  const auto nowhere = run_etch({"prove", "nowhere.tflite", "-o", (folder / "proof").string()});
  CHECK(nowhere.code == 1);
  CHECK_THAT(nowhere.err, Contains("nowhere.tflite"));
  CHECK(run_etch({"prove", "x.tflite"}).code == 1);
  CHECK_THAT(run_etch({"prove", "x.tflite", "-o", "x", "--board", "z80"}).err, Contains("no board 'z80'"));
  CHECK_FALSE(fs::exists(folder / "proof"));
}

namespace {

/// Tables are excepted, each for what its op says.
void check_but_for_table(const host::ImportedModel& model) {
  const TemporaryFolder folder;
  const auto certificate = certificate_of(model, folder / "proof", tree());
  std::ostringstream text;
  host::print_certificate(certificate, text);
  INFO(text.str());
  CHECK(certificate.holds());
  CHECK(claim(certificate, "data").verdict == host::Verdict::excepted);
  CHECK(claim(certificate, "data").kernels == std::vector<std::string>{"portable", "lanes"});
  for (const std::string& finding : claim(certificate, "data").findings)
    CHECK_THAT(finding, Contains("Int8Table") || Contains("Int8Lstm") || Contains("Int16Gate") ||
                            Contains("Int16Softmax"));
  CHECK(claim(certificate, "memory").verdict == host::Verdict::proven);
  CHECK(claim(certificate, "overflow").verdict == host::Verdict::proven);
  CHECK(host::certificate_data(certificate)["claims"].size() == certificate.claims.size());
}

/// Headers of Etch in which one sentence is another.
void plant(const fs::path& root, const std::string& file, const std::string& right,
           const std::string& wrong) {
  fs::copy(tree() / "include", root / "include", fs::copy_options::recursive);
  fs::copy(tree() / "runtime", root / "runtime", fs::copy_options::recursive);
  fs::copy_file(tree() / "LICENSE", root / "LICENSE");
  std::ifstream in(root / file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t at = text.find(right);
  REQUIRE(at != std::string::npos);
  std::ofstream(root / file) << text.replace(at, right.size(), wrong);
}

}  // namespace

TEST_CASE("a small model is proven but for its table", "[.][prove]") {
  Int8Models m(3);
  const Tensor x = m.input({9});
  if (has_clang()) check_but_for_table(m.model({m.softmax(m.dense(m.table(x), 5))}));
}

TEST_CASE("a model of each kind of kernel is proven but for its table", "[.][prove_long]") {
  if (has_clang()) check_but_for_table(small_model());
}

TEST_CASE("a model of recurrent and 16x8 kernels is proven but for its tables", "[.][prove_long]") {
  if (has_clang()) check_but_for_table(rare_model());
}

TEST_CASE("a branch on data and a read beyond a value are found", "[.][prove_long]") {
  if (!has_clang()) return;
  const TemporaryFolder folder;
  fs::create_directories(folder / "branch");
  fs::create_directories(folder / "read");
  plant(folder / "branch", "runtime/kernels/portable/fixed_point.hpp", "  const int quarter_bit",
        "  if (x == -77) return multiply(x, multiply(x, x));\n  const int quarter_bit");
  const auto branches = certificate_of(small_model(), folder / "a", folder / "branch");
  CHECK_FALSE(branches.holds());
  CHECK(claim(branches, "data").verdict == host::Verdict::unproven);
  CHECK(claim(branches, "memory").verdict == host::Verdict::unproven);
  CHECK_THAT(claim(branches, "data").findings.front(),
             Contains("runtime/kernels/portable/fixed_point.hpp:") && Contains("(Int8Softmax)"));
  plant(folder / "read", "runtime/kernels/portable/int8_table.hpp", "x[i])]", "x[i + (n > 9)])]");
  const auto reads = certificate_of(small_model(), folder / "b", folder / "read");
  CHECK(claim(reads, "memory").verdict == host::Verdict::unproven);
}

TEST_CASE("MLPerf Tiny's models are proven", "[.][prove_long]") {
  const fs::path models = models_folder();
  if (models.empty() || !has_clang()) return;
  for (const char* file : {"kws/kws_ref_model", "vww/vww_96_int8", "ic/pretrainedResnet_quant",
                           "ad/ad01_int8", "sww/str_ww_ref_model"}) {
    const TemporaryFolder folder;
    const auto result = run_etch({"prove", (models / "mlperf_tiny" / file).string() + ".tflite", "-o",
                                  (folder / "proof").string(), "--json"});
    INFO(file << result.out << result.err);
    REQUIRE(result.code == 0);
    const auto data = nlohmann::json::parse(result.out);
    for (const auto& said : data["claims"]) CHECK(said["verdict"] == "proven");
  }
}
