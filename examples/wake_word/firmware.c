// SPDX-License-Identifier: BSL-1.0
// Hears recordings on a board, frame by frame as a microphone gives them: <recording.wav> <where features and
// scores go>... Two models work in one arena, one after the other: `audio` makes features of a frame, `words`
// tells what the last second of them was.

#include <stdint.h>
#include <string.h>

#include "audio.h"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"
#include "words.h"

enum { frame_samples = 480, hop_samples = 320, features = 40, frames = 49, labels = 4 };
enum { arena_bytes = AUDIO_ARENA_BYTES > WORDS_ARENA_BYTES ? AUDIO_ARENA_BYTES : WORDS_ARENA_BYTES };
static const char* const label[labels] = {"silence", "unknown", "yes", "no"};

static uint64_t arena[(arena_bytes + 7) / 8], states[(AUDIO_STATE_BYTES + 7) / 8];
static int16_t samples[frame_samples];    // the frame: the last third is kept for the next
static int8_t second[frames * features];  // the features of the last second, oldest first

typedef struct costs {
  uint64_t instructions;
  uint32_t stack;
} costs;

__attribute__((noreturn)) static void fail(const char* sentence) {
  board_write("error: ");
  board_write(sentence);
  board_write("\n");
  board_exit(1);
}

static void report(const char* name, uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

static void begin(void) {
  stack_paint();
  counter_start();
}

static void end(costs* most) {
  const uint64_t instructions = counter_instructions();
  const uint32_t stack = stack_used();
  if (instructions > most->instructions) most->instructions = instructions;
  if (stack > most->stack) most->stack = stack;
}

static uint32_t word(const unsigned char* at) {
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// Opens a WAV file, of 16 bits and one channel as the desktop checks, where its samples begin. Returns how
// many bytes they are.
static uint32_t open_samples(const char* path, int* file) {
  unsigned char head[12];
  size_t at = sizeof head;
  *file = board_open(path, BOARD_READ);
  if (*file < 0 || board_read(*file, head, sizeof head) != sizeof head) fail("a recording does not open");
  while (board_read(*file, head, 8) == 8) {
    const uint32_t bytes = word(head + 4);
    at += 8;
    if (memcmp(head, "data", 4) == 0) return bytes;
    at += bytes + bytes % 2;
    if (board_seek(*file, at) != 0) break;
  }
  fail("a recording has no samples");
}

// The features of one more frame, behind the others.
static void hear(audio_context* context, costs* most) {
  memmove(second, second + features, sizeof second - features);
  begin();
  if (audio_predict(context, samples, second + sizeof second - features) != AUDIO_OK) fail("audio_predict");
  end(most);
}

static int tell(words_context* context, int8_t* scores, costs* most) {
  int best = 0;
  begin();
  if (words_predict(context, second, scores) != WORDS_OK) fail("words_predict");
  end(most);
  for (int i = 1; i < labels; ++i)
    if (scores[i] > scores[best]) best = i;
  return best;
}

static void recognise(const char* recording, const char* results, costs* front, costs* model) {
  audio_context hearing;
  words_context telling;
  int8_t scores[labels];
  int in, out;
  uint32_t bytes = open_samples(recording, &in);
  memset(second, 0, sizeof second);
  if (audio_init(&hearing, arena, sizeof arena, states, sizeof states) != AUDIO_OK) fail("audio_init");
  if (words_init(&telling, arena, sizeof arena) != WORDS_OK) fail("words_init");
  size_t wanted = sizeof samples, kept = 0;
  while (bytes >= wanted && board_read(in, samples + kept, wanted) == wanted) {
    bytes -= wanted;
    hear(&hearing, front);
    kept = frame_samples - hop_samples;
    memmove(samples, samples + hop_samples, kept * sizeof samples[0]);
    wanted = hop_samples * sizeof samples[0];
  }
  const int best = tell(&telling, scores, model);
  board_write(recording);
  board_write(": ");
  board_write(label[best]);
  board_write("\n");
  out = board_open(results, BOARD_WRITE);
  if (out < 0 || board_write_file(out, second, sizeof second) != sizeof second ||
      board_write_file(out, scores, sizeof scores) != sizeof scores || board_close(out) != 0)
    fail("results cannot be written");
  board_close(in);
}

int main(void) {
  static char line[2048];
  const char* argv[16];
  costs front = {0, 0}, model = {0, 0};
  const int arguments = board_arguments(line, sizeof line, argv, 16);
  if (arguments < 3 || arguments % 2 == 0) fail("arguments: <recording.wav> <results>...");
  for (int i = 1; i < arguments; i += 2) recognise(argv[i], argv[i + 1], &front, &model);
  report("instructions a frame", front.instructions);
  report("instructions a second of features", model.instructions);
  report("stack of the front end", front.stack);
  report("stack of the model", model.stack);
  report("arena of the front end", AUDIO_ARENA_BYTES);
  report("arena of the model", WORDS_ARENA_BYTES);
  report("states", AUDIO_STATE_BYTES);
  report("samples and features", sizeof samples + sizeof second);
  report("tables of the front end", AUDIO_WEIGHTS_BYTES);
  report("weights of the model", WORDS_WEIGHTS_BYTES);
  return 0;
}
