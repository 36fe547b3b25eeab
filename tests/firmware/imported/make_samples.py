# SPDX-License-Identifier: BSL-1.0
"""make_samples.py <folder of the models> <folder for the samples>

Samples for published models, as the models store them: pictures and recordings where those are published, else noise.
"""
import pathlib
import struct
import sys


def pixels(bmp):
    """The bytes of a bitmap of 8 bits a pixel, row after row from the top: what person_detect was trained on."""
    data = bmp.read_bytes()
    start, = struct.unpack_from("<I", data, 10)
    width, height = struct.unpack_from("<ii", data, 18)
    bits, = struct.unpack_from("<H", data, 28)
    if bits != 8 or width % 4 or height <= 0:
        sys.exit(f"{bmp}: not a bitmap of 8 bits a pixel whose rows begin below")
    rows = [data[start + y * width:start + (y + 1) * width] for y in range(height)]
    return b"".join(reversed(rows))


def noise(count):
    """The generator of the golden inputs of MLPerf Tiny's models, from another start."""
    x, data = 2024, bytearray()
    for _ in range(count):
        x = (x * 1664525 + 1013904223) % 2**32
        data.append(x >> 24)
    return bytes(data)


def samples_of(wav):
    """The samples of a recording, whose header has 44 bytes."""
    data = wav.read_bytes()
    if data[:4] != b"RIFF" or data[36:40] != b"data":
        sys.exit(f"{wav}: not a recording with a header of 44 bytes")
    return data[44:44 + struct.unpack_from("<I", data, 40)[0]]


def audio(recordings, folder):
    """Frames of a recording, 480 samples every 320, and the published features of two more frames."""
    data = samples_of(recordings / "yes_1000ms.wav")
    frames = [data[at:at + 960] for at in range(0, len(data) - 959, 640)]
    (folder / "audio.bin").write_bytes(b"".join(frames))
    for line in (recordings / "golden_features.txt").read_text().splitlines():
        name, *features = line.split()
        stem = "audio_" + name.split("_")[0]
        (folder / f"{stem}.bin").write_bytes(samples_of(recordings / name))
        (folder / f"{stem}_golden.bin").write_bytes(struct.pack("40b", *map(int, features)))


def reals_of_words(tiny, quantized):
    """Fifty inputs of the keyword spotter as the real numbers that they stand for. The first sixteen are published as
    such too; a distance from zero that is a power of two tells the scale to the last bit."""
    stored = struct.unpack(f"{50 * 490}b", (tiny / "kws/kws_test1000_i8.bin").read_bytes()[:50 * 490])
    published = struct.unpack(f"<{16 * 490}f", (quantized / "mlperf_kws_qdq.in.bin").read_bytes())
    zero = next(q for q, x in zip(stored, published) if x == 0)
    scale = next(x / (q - zero) for q, x in zip(stored, published) if abs(q - zero) in (1, 2, 4, 8, 16, 32, 64))
    return struct.pack(f"<{50 * 490}f", *(scale * (q - zero) for q in stored))


def pixels_of_cifar(file, count):
    """Pictures of 32x32 pixels as real numbers, 0 to 255, whose colours lie one after the other in the file."""
    data, plane = file.read_bytes(), 1024
    record = 1 + 3 * plane
    return struct.pack(f"<{count * 3 * plane}f", *(data[k * record + 1 + i % 3 * plane + i // 3]
                                                  for k in range(count) for i in range(3 * plane)))


def main(models, folder):
    tflm, tiny = models / "tflm", models / "mlperf_tiny"
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [tflm / f"person_detection_testdata_{name}.bmp" for name in ("person", "no_person")]
    (folder / "person_detect.bin").write_bytes(b"".join(map(pixels, pictures)))
    audio(models.parent / "audio", folder)
    (folder / "mlperf_kws_qdq.bin").write_bytes(reals_of_words(tiny, models.parent / "onnx_quantized"))
    (folder / "mlperf_ic_qdq.bin").write_bytes(
        pixels_of_cifar(models.parent / "data/cifar10/cifar10_test_first1000.bin", 50))
    (folder / "kws_50.bin").write_bytes((tiny / "kws/kws_test1000_i8.bin").read_bytes()[:50 * 490])
    for name, sample_bytes in (("micro_speech_quantized", 1960), ("hello_world_int8", 1), ("trained_lstm_int8", 784),
                               ("keyword_scrambled_8bit", 192)):
        (folder / f"{name}.bin").write_bytes(noise(8 * sample_bytes))


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
