// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/weights_blob.hpp>
#include <etch/model/declare/hash.hpp>
#include <runtime/host/files/sha256.hpp>
#include <runtime/safetensors_writer.hpp>

#include <bit>
#include <cstring>

namespace etch::host {

namespace {

constexpr std::uint32_t blob_magic = 0x42577445;  // "EtWB"

/// The header, as docs/weights_blob.md says it. Little-endian.
struct BlobHeader {
  std::uint32_t magic = blob_magic;
  std::uint16_t format = 1, header_bytes = blob_header_bytes;
  std::uint64_t layout = 0;
  std::uint64_t hash = 0;
  std::uint32_t weight_bytes = 0;
  std::uint32_t version = 0;
  std::uint32_t answer = 0;
  std::uint32_t unused[6] = {};
  std::uint32_t crc = 0;
};
static_assert(sizeof(BlobHeader) == blob_header_bytes && offsetof(BlobHeader, answer) == 32 &&
              std::endian::native == std::endian::little);

constexpr const char* blob_header_text =
    R"(/* The weights are a blob, which may lie anywhere in memory, is used where it lies, and can be replaced: a header of
   @NAME@_WEIGHTS_HEADER_BYTES and the weights. @name@_weights is the one that was written with this file; a program that
   does not name it does not have it. */
#define @NAME@_WEIGHTS_HEADER_BYTES (@HEADER_BYTES@)
#define @NAME@_WEIGHTS_BYTES (@WEIGHTS_BYTES@)
#define @NAME@_WEIGHTS_ALIGNMENT (16)
/* What a blob has to have been written for: the model's structure, and the quantization of its inputs and outputs. */
#define @NAME@_WEIGHTS_LAYOUT (@WEIGHTS_LAYOUT@ull)
)";

constexpr const char* constant_header_text =
    R"(/* The weights are constants, which the linker places in flash. */
#define @NAME@_WEIGHTS_BYTES (@WEIGHTS_BYTES@)
#define @NAME@_WEIGHTS_ALIGNMENT (16)
)";

constexpr const char* blob_errors_text =
    R"(  @NAME@_NO_WEIGHTS = -5, /* there is no blob of weights of this format */
  @NAME@_OTHER_WEIGHTS = -6, /* the blob is of another model: not of @NAME@_WEIGHTS_LAYOUT */
  @NAME@_DAMAGED_WEIGHTS = -7, /* the blob is not there as a whole, or its CRC-32 is another */
)";

constexpr const char* blob_functions_text = R"(
/* Whether a blob can be this model's weights, as @name@_init and @name@_set_weights find out: a value of enum
   @name@_error. weights, at a multiple of @NAME@_WEIGHTS_ALIGNMENT; weights_bytes: how many may be read there, at least
   @NAME@_WEIGHTS_BYTES. Reads all of it once. */
int @name@_check_weights(const void* weights, size_t weights_bytes);

/* Takes other weights between two predictions; what checks refuse leaves the context as it was. The blob stays where it is
   and belongs to the context until another is set. */
int @name@_set_weights(@name@_context* context, const void* weights, size_t weights_bytes);
)";

constexpr const char* check_text = R"(namespace {

std::uint32_t word_at(const unsigned char* bytes) {
  return bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8 | static_cast<std::uint32_t>(bytes[2]) << 16 |
         static_cast<std::uint32_t>(bytes[3]) << 24;
}

std::uint64_t long_at(const unsigned char* bytes) {
  return word_at(bytes) | static_cast<std::uint64_t>(word_at(bytes + 4)) << 32;
}

std::uint32_t crc_of(std::uint32_t crc, const unsigned char* bytes, std::size_t count) {
  static constexpr std::uint32_t nibbles[] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                              0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                              0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  for (; count > 0; --count, ++bytes) {
    crc ^= *bytes;
    crc = (crc >> 4) ^ nibbles[crc & 15];
    crc = (crc >> 4) ^ nibbles[crc & 15];
  }
  return crc;
}

}  // namespace

extern "C" int @name@_check_weights(const void* weights, size_t weights_bytes) {
  const unsigned char* const blob = static_cast<const unsigned char*>(weights);
  constexpr std::size_t header = @NAME@_WEIGHTS_HEADER_BYTES;
  if (!blob) return @NAME@_NULL_POINTER;
  if (misaligned(blob, @NAME@_WEIGHTS_ALIGNMENT)) return @NAME@_MISALIGNED;
  if (weights_bytes < header || word_at(blob) != @MAGIC@ || word_at(blob + 4) != (header << 16 | 1))
    return @NAME@_NO_WEIGHTS;
  if (long_at(blob + 8) != @NAME@_WEIGHTS_LAYOUT || word_at(blob + 24) != @NAME@_WEIGHTS_BYTES - header)
    return @NAME@_OTHER_WEIGHTS;
  if (weights_bytes < @NAME@_WEIGHTS_BYTES) return @NAME@_DAMAGED_WEIGHTS;
  const std::uint32_t crc = crc_of(crc_of(~std::uint32_t{0}, blob, header - 4), blob + header, @NAME@_WEIGHTS_BYTES - header);
  return ~crc == word_at(blob + header - 4) ? @NAME@_OK : @NAME@_DAMAGED_WEIGHTS;
}

extern "C" int @name@_set_weights(@name@_context* context, const void* weights, size_t weights_bytes) {
  if (!context || !context->arena) return @NAME@_NULL_POINTER;
  const int error = @name@_check_weights(weights, weights_bytes);
  if (error != @NAME@_OK) return error;
  context->weights = weights;
@FIRST_STEP@  return @NAME@_OK;
}

)";

constexpr const char* identity_header_text = R"(
/* Which model it is: a hash of structure and weights, and the number that `--model-version` said. The functions say it
   of what a context predicts with; 0 before @name@_init. */
#define @NAME@_MODEL_HASH (@MODEL_HASH@ull)
#define @NAME@_MODEL_VERSION (@MODEL_VERSION@ul)
uint64_t @name@_model_hash(const @name@_context* context);
uint32_t @name@_model_version(const @name@_context* context);
)";

constexpr const char* blob_identity_text = R"(
extern "C" uint64_t @name@_model_hash(const @name@_context* context) {
  return context && context->arena ? long_at(static_cast<const unsigned char*>(context->weights) + 16) : 0;
}

extern "C" uint32_t @name@_model_version(const @name@_context* context) {
  return context && context->arena ? word_at(static_cast<const unsigned char*>(context->weights) + 28) : 0;
}
)";

constexpr const char* constant_identity_text = R"(
extern "C" uint64_t @name@_model_hash(const @name@_context* context) {
  return context && context->arena ? @NAME@_MODEL_HASH : 0;
}

extern "C" uint32_t @name@_model_version(const @name@_context* context) {
  return context && context->arena ? @NAME@_MODEL_VERSION : 0;
}
)";

void hash_ends(detail::StructureHash& hash, const std::vector<FirmwareEnd>& ends) {
  hash.number(static_cast<int>(ends.size()));
  for (const FirmwareEnd& end : ends) {
    hash.number(std::bit_cast<std::int32_t>(end.quantization.scale));
    hash.number(end.quantization.zero_point);
    hash.number(end.is_unsigned ? 1 : 0);
  }
}

}  // namespace

std::uint64_t blob_layout(const FirmwareModel& model) {
  detail::StructureHash hash{model.layout};
  hash_ends(hash, model.ends.inputs);
  hash_ends(hash, model.ends.outputs);
  hash.number(model.weight_bytes);
  return hash.value;
}

std::uint64_t model_hash(const FirmwareModel& model, std::span<const std::byte> weights) {
  const std::uint64_t layout = blob_layout(model);
  std::vector<std::uint8_t> bytes(sizeof layout + weights.size());
  std::memcpy(bytes.data(), &layout, sizeof layout);
  std::memcpy(bytes.data() + sizeof layout, weights.data(), weights.size());
  return std::stoull(sha256_hex(bytes).substr(0, 16), nullptr, 16);
}

std::vector<std::byte> weights_blob(const FirmwareModel& model, std::span<const std::byte> weights) {
  BlobHeader header;
  header.layout = blob_layout(model);
  header.hash = model_hash(model, weights);
  header.weight_bytes = static_cast<std::uint32_t>(weights.size());
  header.version = model.version;
  header.answer = model.answer.value_or(0);
  header.crc = crc32(weights, crc32(std::as_bytes(std::span(&header, 1)).first(offsetof(BlobHeader, crc))));
  std::vector<std::byte> blob(sizeof header + weights.size());
  std::memcpy(blob.data(), &header, sizeof header);
  std::memcpy(blob.data() + sizeof header, weights.data(), weights.size());
  return blob;
}

std::string fill_in_weights(std::string text, const FirmwareModel& model, std::uint64_t hash) {
  const bool blob = model.blob;
  const auto where = [&](std::string_view what, const char* with, const char* without) {
    text = replaced(std::move(text), what, blob ? with : without);
  };
  where("@WEIGHTS_COMMENT@", blob_header_text, constant_header_text);
  where("@WEIGHTS_ERRORS@", blob_errors_text, "");
  where("@WEIGHTS_MEMBER@", "  const void* weights;\n", "");
  where("@WEIGHTS_ARGUMENTS@", ", const void* weights, size_t weights_bytes", "");
  where("@WEIGHTS_FUNCTIONS@", blob_functions_text, "");
  where("@CHECK_WEIGHTS@", check_text, "");
  where("@INIT_WEIGHTS@",
        "  const int error = @name@_check_weights(weights, weights_bytes);\n"
        "  if (error != @NAME@_OK) return error;\n  context->weights = weights;\n",
        "");
  where("@WEIGHTS@", "static_cast<const std::byte*>(context->weights) + @NAME@_WEIGHTS_HEADER_BYTES",
        "reinterpret_cast<const std::byte*>(@name@_weights)");
  where("@WEIGHTS_OF_MODEL@", "Model::weight_bytes + @NAME@_WEIGHTS_HEADER_BYTES", "Model::weight_bytes");
  where("@IDENTITY_CODE@", blob_identity_text, constant_identity_text);
  text = replaced(std::move(text), "@IDENTITY@", identity_header_text);
  text = replaced(std::move(text), "@HEADER_BYTES@", std::to_string(blob_header_bytes));
  text = replaced(std::move(text), "@MAGIC@", hexadecimal(blob_magic, 8));
  text = replaced(std::move(text), "@WEIGHTS_LAYOUT@", hexadecimal(blob_layout(model), 16));
  text = replaced(std::move(text), "@MODEL_HASH@", hexadecimal(hash, 16));
  text = replaced(std::move(text), "@MODEL_VERSION@", std::to_string(model.version));
  return replaced(std::move(text), "@WEIGHTS_BYTES@",
                  std::to_string(model.weight_bytes + (blob ? blob_header_bytes : 0)));
}

}  // namespace etch::host
