// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/state.hpp>
#include <etch/model/training/stored_training.hpp>
#include <etch/model/training/training_slices.hpp>
#include <limits>
#include <memory>
#include <random>
#include <runtime/host/training/flash_image.hpp>
#include <stdexcept>
#include <string>
#include <tests/unit/storage/nor_flash.hpp>
#include <tests/unit/temporary_folder.hpp>

// Training that a device keeps in flash, and what a desktop makes of it.
namespace {

using namespace etch;

inline constexpr auto net =
    sequential(Input{3}, Dense{8}, BatchNormalization{}, ReLU{}, Dropout{0.25f}, Dense{2, softmax});
inline constexpr auto other_net = sequential(Input{3}, Dense{9, relu}, Dense{2, softmax});

template <class Optimizer = Adam, const auto& Declared = net>
struct Owned {
  using Model = Trainer<Declared, Optimizer, SparseCategoricalCrossentropy, hana::tuple<>, 4>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model;
  explicit Owned(std::uint32_t seed = 7) : model(*storage, Optimizer{}, {}, seed) { model.initialize(seed); }
  Model* operator->() { return &model; }

  /// The step that follows, on a batch that follows from its number alone, as a sensor's would.
  void train() {
    load();
    model.train_on_batch(4);
  }
  /// The first slices of it.
  void slices(int count) {
    load();
    TrainingSlices slices(model);
    slices.begin(4);
    for (int i = 0; i < count; ++i) slices.run();
  }
  void load() {
    const std::uint32_t step = model.step();
    for (std::uint32_t i = 0; i < 12; ++i) model.input()[i] = random::uniform({4, 5}, step, 0, i) - 0.5f;
    for (std::uint32_t i = 0; i < 4; ++i)
      static_cast<std::int32_t*>(model.labels())[i] = model.input()[3 * i] > 0 ? 1 : 0;
  }
  std::vector<std::byte> bytes() {
    std::vector<std::byte> all(model.weights().begin(), model.weights().end());
    all.insert(all.end(), model.optimizer_state().begin(), model.optimizer_state().end());
    return all;
  }
};

using Model = Owned<>::Model;
constexpr nor::Geometry geometry{.word = 8, .page = 512, .pages = 3};
static_assert(StoredTraining<nor::Flash, Model>::slot_bytes<float>(8) <= 3 * 512);

struct Counters {
  std::uint32_t boots = 0;
  std::int8_t more[3]{};
};

TEST_CASE("training through many power cuts has the bits of training that was never cut", "[storage]") {
  constexpr std::uint32_t steps = 40, every = 4;
  Owned<> straight;
  while (straight->step() < steps) straight.train();
  std::mt19937 draw(11);
  for (std::uint32_t round = 0; round < 25; ++round) {
    nor::Flash flash(geometry, round + 1);
    std::uint32_t booted_step = 0, boots = 0;
    bool done = false;
    while (!done) {
      Owned<> device(round);  // what RAM holds after a cut is nothing that counts
      StoredTraining store(flash, device.model);
      Counters kept;
      const auto found = store.boot(kept);
      if (found != storage::Boot::loaded) {
        REQUIRE(booted_step == 0);
        REQUIRE((found == storage::Boot::empty || found == storage::Boot::damaged));
        device->initialize(7);
        kept = {};
      }
      REQUIRE(device->step() >= booted_step);  // none older than one that was booted
      REQUIRE(device->step() % every == 0);
      booted_step = device->step();
      ++boots;
      ++kept.boots;
      flash.cut_at({boots > 30 ? -1 : static_cast<long>(draw() % 400), nor::all_cuts[draw() % 5]});
      try {
        while (device->step() < steps) {
          device.train();
          if (device->step() % every != 0) continue;
          const auto committed = store.commit(kept);
          REQUIRE(committed == storage::Commit::done);
        }
        REQUIRE(device.bytes() == straight.bytes());
        done = true;
      } catch (const nor::PowerCut&) {
      }
    }
    CHECK(boots > 2);
    CHECK(flash.violations == 0);
  }
}

TEST_CASE("a learning rate that was set, and things beside the model, are kept", "[storage]") {
  nor::Flash flash(geometry, 1);
  Owned<> device;
  device.train();
  device->learning_rate(0.0125f);
  Counters counters{.boots = 3, .more = {1, 2, 3}};
  const float threshold = 2.5f;
  REQUIRE(StoredTraining(flash, device.model).commit(counters, threshold) == storage::Commit::done);
  Owned<> other(8);
  Counters read;
  float read_threshold = 0;
  REQUIRE(StoredTraining(flash, other.model).boot(read, read_threshold) == storage::Boot::loaded);
  CHECK(other->learning_rate() == 0.0125f);
  CHECK(other->seed() == 7);
  CHECK(read.boots == 3);
  CHECK(read.more[2] == 3);
  CHECK(read_threshold == 2.5f);
  // With other things beside it, it is another state.
  CHECK(StoredTraining(flash, other.model).boot(read) == storage::Boot::other_size);
}

TEST_CASE("a state of another model or optimizer is refused", "[storage]") {
  nor::Flash flash(geometry, 1);
  Owned<> device;
  REQUIRE(StoredTraining(flash, device.model).commit() == storage::Commit::done);
  Owned<Adam, other_net> model;
  CHECK(StoredTraining(flash, model.model).boot() == storage::Boot::other_graph);
  Owned<SGD> optimizer;
  CHECK(StoredTraining(flash, optimizer.model).boot() == storage::Boot::other_optimizer);
}

/// A training step that ends after `count` slices: flash and files refuse what has moved, and keep what has
/// not.
template <class One>
bool ends_in_the_middle(One& device, int count, const std::string& file) {
  nor::Flash flash(geometry, 1);
  StoredTraining store(flash, device.model);
  REQUIRE(store.commit() == storage::Commit::done);
  const auto before = device.bytes();
  TrainingSlices slices(device.model);
  slices.begin(4);
  for (int i = 0; i < count; ++i) REQUIRE(slices.run() == Slice::more);
  slices.cancel();
  const bool whole = device->between_steps();
  REQUIRE((whole || store.commit() == storage::Commit::unfinished_step));
  if (whole) {
    REQUIRE(device.bytes() == before);
    REQUIRE(store.commit() == storage::Commit::done);
    device->save(file.c_str(), true);
  } else {
    CHECK_THROWS_AS(device->save(file.c_str(), true), Error);
    CHECK_THROWS_AS(device->save(file.c_str()), Error);
    CHECK_THROWS_AS(TrainingState(device.model), Error);
    // A step that begins, and ends early once more, makes nothing good.
    slices.begin(4);
    REQUIRE(slices.run() == Slice::more);
    CHECK(store.commit() == storage::Commit::unfinished_step);
    slices.cancel();
  }
  One other(9);
  REQUIRE(StoredTraining(flash, other.model).boot() == storage::Boot::loaded);
  CHECK(other.bytes() == before);
  return whole;
}

TEST_CASE("a commit between two slices of a training step is refused, and flash is not touched",
          "[storage]") {
  CHECK(std::string(storage::sentence(storage::Commit::unfinished_step)).find("slices") != std::string::npos);
  const TemporaryFolder folder;
  const std::string file = (folder / "state.safetensors").string();
  int whole = 0;
  for (int count = 0; count < Model::Code::steps; ++count) {
    CAPTURE(count);
    Owned<> device;
    device.train();
    whole += ends_in_the_middle(device, count, file);
    // What was kept before, or a whole step more, can be kept again.
    count % 2 == 0 ? device.train() : device->initialize(3);
    nor::Flash flash(geometry, 1);
    StoredTraining store(flash, device.model);
    REQUIRE(store.commit() == storage::Commit::done);
    device.slices(2);
    REQUIRE(store.boot() == storage::Boot::loaded);
    CHECK(store.commit() == storage::Commit::done);
  }
  CHECK(whole == 2);  // before the moving averages, which the second step of the program moves
  // Without moving averages, until the backward pass.
  whole = 0;
  for (int count = 0; count < Owned<SGD, other_net>::Model::Code::steps; ++count) {
    Owned<SGD, other_net> device;
    whole += ends_in_the_middle(device, count, file);
  }
  CHECK(whole == Owned<SGD, other_net>::Model::Code::backward_step + 1);
}

TEST_CASE("a training step whose loss is no number leaves a state to keep", "[storage]") {
  Owned<SGD> device;
  nor::Flash flash(geometry, 1);
  for (float& x : device->input()) x = std::numeric_limits<float>::max();
  for (int i = 0; i < 4; ++i) static_cast<std::int32_t*>(device->labels())[i] = 0;
  TrainingSlices slices(device.model);
  slices.begin(4);
  Slice slice = slices.run();
  while (slice == Slice::more) slice = slices.run();
  REQUIRE(slice == Slice::wrong);
  CHECK(StoredTraining(flash, device.model).commit() == storage::Commit::done);
}

/// From flash to a dump, to a .safetensors file, to a dump and to flash.
template <const auto& Declared>
void check_dump() {
  using One = Owned<Adam, Declared>;
  const TemporaryFolder folder;
  const std::string dump = (folder / "dump.bin").string(), file = (folder / "state.safetensors").string(),
                    back = (folder / "back.bin").string();
  const FlashShape shape{1536, 512, 8};
  std::vector<std::byte> bytes(3072, std::byte{0xff});
  storage::MemoryFlash flash{bytes, 512, 8};
  One device;
  for (int i = 0; i < 5; ++i) {
    device.train();
    REQUIRE(StoredTraining(flash, device.model).commit(float(i)) == storage::Commit::done);
  }
  host::replace_file(dump, bytes);

  One desktop(1);
  float kept = 0;
  load_flash_image(desktop.model, dump.c_str(), shape, kept);
  CHECK(kept == 4);
  CHECK(desktop.bytes() == device.bytes());
  desktop->save(file.c_str(), true);
  One later(2);
  later->load(file.c_str());
  later.train();
  save_flash_image(later.model, back.c_str(), shape, kept);
  device.train();

  // The device boots what the desktop wrote.
  const auto image = host::read_file(back);
  const auto all = std::as_bytes(std::span(image));
  bytes.assign(all.begin(), all.end());
  One again(3);
  REQUIRE(StoredTraining(flash, again.model).boot(kept) == storage::Boot::loaded);
  CHECK(again->step() == 6);
  CHECK(again.bytes() == device.bytes());
}

TEST_CASE("a dump of the flash becomes a .safetensors file, and comes from one", "[storage]") {
  check_dump<net>();
}

inline constexpr std::int16_t dense_channels[]{1, 4, 5};
inline constexpr ChosenChannels dense{"dense", dense_channels}, head{"dense_1"};
inline constexpr auto part_net = train_only(chosen_channels(dense, head), net);

TEST_CASE("states of chosen channels go through flash and files, and are no others'", "[storage]") {
  check_dump<part_net>();
  const TemporaryFolder folder;
  const std::string file = (folder / "all.safetensors").string();
  Owned<> everything;
  Owned<Adam, part_net> part;
  CHECK(part->optimizer_state().size() < everything->optimizer_state().size());
  nor::Flash flash(geometry, 1);
  REQUIRE(StoredTraining(flash, everything.model).commit() == storage::Commit::done);
  CHECK(StoredTraining(flash, part.model).boot() == storage::Boot::other_graph);
  everything->save(file.c_str(), true);
  CHECK_THROWS_AS(part->load(file.c_str()), Error);
}

/// A dump of two states as strangers would have it: each round is damaged in another way, some with a CRC
/// that is right.
class Damage {
 public:
  Damage(std::vector<std::byte>& dump, std::uint32_t seed) : dump_(dump), draw_(seed) {}

  void do_it() {
    const std::uint32_t kind = draw_() % 6, begin = slot * (draw_() % 2);
    if (kind == 0)  // bits
      for (std::uint32_t n = 1 + draw_() % 40; n > 0; --n)
        byte(draw_() % 3072) ^= std::byte{1} << (draw_() % 8);
    if (kind == 1) std::fill_n(dump_.begin() + draw_() % 3072, 1, std::byte{0});
    if (kind == 2)  // pages that were erased
      for (std::uint32_t page = 0; page < 6; ++page)
        if (draw_() % 3 == 0) std::fill_n(dump_.begin() + 512 * page, 512, std::byte{0xff});
    if (kind == 3)  // noise
      for (std::uint32_t at = begin; at < begin + slot; ++at) byte(at) = static_cast<std::byte>(draw_());
    if (kind == 4) std::swap_ranges(dump_.begin(), dump_.begin() + slot, dump_.begin() + slot);
    if (kind == 5) header(begin);
  }

 private:
  static constexpr std::uint32_t slot = 1536;
  std::byte& byte(std::uint32_t at) { return dump_[at]; }

  /// A field of the header is extreme, and the CRC is that of what a reader would take for the data.
  void header(std::uint32_t begin) {
    storage::SlotHeader header;
    std::memcpy(&header, &byte(begin), sizeof header);
    const std::uint32_t extreme[] = {0,         1,         2,   header.bytes - 1, header.bytes + 1,
                                     slot - 40, slot - 39, ~0U, 1U << 31};
    const std::uint32_t value = extreme[draw_() % std::size(extreme)];
    std::uint32_t* const fields[] = {&header.version, &header.bytes, &header.generation, &header.optimizer};
    *fields[draw_() % 4] = value;
    const std::size_t bytes = std::min<std::size_t>(header.bytes, slot - 40);
    header.crc = crc32(std::span(dump_).subspan(begin + 40, bytes), storage::crc_before_data(header));
    std::memcpy(&byte(begin), &header, sizeof header);
  }

  std::vector<std::byte>& dump_;
  std::mt19937 draw_;
};

TEST_CASE("a damaged dump gives a state that was committed, or is refused", "[storage]") {
  std::vector<std::byte> good(3072, std::byte{0xff});
  Owned<> device;
  std::vector<std::vector<std::byte>> states;
  for (int i = 0; i < 2; ++i) {
    device.train();
    storage::MemoryFlash flash{good, 512, 8};
    REQUIRE(StoredTraining(flash, device.model).commit(Counters{}) == storage::Commit::done);
    states.push_back(device.bytes());
  }
  int loaded = 0, refused = 0;
  Owned<> reader(3);
  for (std::uint32_t round = 0; round < 3000; ++round) {
    CAPTURE(round);
    std::vector<std::byte> dump = good;
    Damage damage(dump, round);
    damage.do_it();
    storage::MemoryFlash flash{dump, 512, 8};
    Counters kept;
    StoredTraining store(flash, reader.model);
    const storage::Boot found = store.boot(kept);
    if (found == storage::Boot::loaded) {
      ++loaded;
      REQUIRE((reader.bytes() == states[0] || reader.bytes() == states[1]));
    } else {
      ++refused;
      reader->initialize(3);
    }
    // Whatever was there, the next commit is good.
    REQUIRE(store.commit(kept) == storage::Commit::done);
    const auto committed = reader.bytes();
    REQUIRE(StoredTraining(flash, reader.model).boot(kept) == storage::Boot::loaded);
    REQUIRE(reader.bytes() == committed);
  }
  CHECK(loaded > 1000);
  CHECK(refused > 10);
}

TEST_CASE("dumps that hold no state of the model are refused", "[storage]") {
  const TemporaryFolder folder;
  const std::string dump = (folder / "dump.bin").string();
  const FlashShape shape{1536, 512, 8};
  const auto message = [&](const FlashShape& of) {
    Owned<> model;
    try {
      load_flash_image(model.model, dump.c_str(), of);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message(shape).find("dump.bin") != std::string::npos);  // there is none
  host::replace_file(dump, std::vector<std::byte>(3072, std::byte{0xff}));
  CHECK(message(shape).find("no state was committed yet") != std::string::npos);
  CHECK(message({1024, 512, 8}).find("3072 bytes") != std::string::npos);
  Owned<SGD> other;
  save_flash_image(other.model, dump.c_str(), shape);
  CHECK(message(shape).find("another optimizer") != std::string::npos);
  CHECK_THROWS_AS(save_flash_image(other.model, dump.c_str(), {256, 256, 8}), Error);
  CHECK_THROWS_AS(save_flash_image(other.model, dump.c_str(), {1536, 500, 8}), Error);
  // Shapes of no flash are refused before there is an image of them.
  constexpr std::uint32_t all = ~std::uint32_t{0};
  for (const FlashShape& wrong :
       {FlashShape{all, all, 8}, FlashShape{all - 511, 512, 8}, FlashShape{0, 0, 0}, FlashShape{1536, 512, 0},
        FlashShape{1536, 512, 128}, FlashShape{1536, 512, 6}})
    CHECK_THROWS_WITH(save_flash_image(other.model, dump.c_str(), wrong), Catch::Contains("driver is wrong"));
  // A dump that was cut, or of one slot, or of nothing.
  std::vector<std::uint8_t> file = host::read_file(dump);
  for (std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{1536}, std::size_t{3071}, std::size_t{3073}}) {
    file.resize(size);
    host::replace_file(dump, std::as_bytes(std::span(file)));
    CHECK(message(shape).find(std::to_string(size) + " bytes") != std::string::npos);
  }
}

}  // namespace
