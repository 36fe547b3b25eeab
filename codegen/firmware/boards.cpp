// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>

#include <algorithm>
#include <string_view>

namespace etch::host {

namespace {

constexpr long long kb = 1024, mb = 1024 * kb;

// RAM is the largest block that lies in one piece, since an arena does. Sources: the vendors' data sheets and
// reference manuals; wait states by their tables for 3.3 V and the clock beside them.
constexpr Board table[]{
    {"arduino-zero", "Arduino Zero", "Arduino", "SAMD21G18", "Cortex-M0+", "m0plus", 256 * kb, 32 * kb, 48, 1,
     "arduino"},
    {"pico", "Raspberry Pi Pico", "Raspberry Pi", "RP2040", "Cortex-M0+", "m0plus", 2 * mb, 264 * kb, 133, -1,
     "cmake"},
    {"bluepill", "Blue Pill", "many", "STM32F103C8", "Cortex-M3", "m3", 64 * kb, 20 * kb, 72, 2,
     "platformio"},
    {"arduino-due", "Arduino Due", "Arduino", "SAM3X8E", "Cortex-M3", "m3", 512 * kb, 96 * kb, 84, 4,
     "arduino"},
    {"microbit-v2", "BBC micro:bit V2", "Micro:bit Foundation", "nRF52833", "Cortex-M4F", "m4", 512 * kb,
     128 * kb, 64, -1, "platformio"},
    {"nano33ble", "Arduino Nano 33 BLE Sense", "Arduino", "nRF52840", "Cortex-M4F", "m4", 1 * mb, 256 * kb,
     64, -1, "arduino"},
    {"uno-r4", "Arduino Uno R4", "Arduino", "RA4M1", "Cortex-M4F", "m4", 256 * kb, 32 * kb, 48, 1, "arduino"},
    {"sparkfun-edge", "SparkFun Edge", "SparkFun", "Apollo3 Blue", "Cortex-M4F", "m4", 1 * mb, 384 * kb, 48,
     -1, "arduino"},
    {"nucleo-f446re", "NUCLEO-F446RE", "ST", "STM32F446RE", "Cortex-M4F", "m4", 512 * kb, 128 * kb, 180, 5,
     "cmsis-pack"},
    {"nucleo-l4r5zi", "NUCLEO-L4R5ZI", "ST", "STM32L4R5ZI", "Cortex-M4F", "m4", 2 * mb, 640 * kb, 120, 5,
     "cmsis-pack"},
    {"pico2", "Raspberry Pi Pico 2", "Raspberry Pi", "RP2350", "Cortex-M33", "m33", 4 * mb, 520 * kb, 150, -1,
     "cmake"},
    {"nrf5340dk", "nRF5340 DK", "Nordic", "nRF5340", "Cortex-M33", "m33", 1 * mb, 512 * kb, 128, -1,
     "zephyr"},
    {"b-u585i-iot02a", "B-U585I-IOT02A", "ST", "STM32U585AI", "Cortex-M33", "m33", 2 * mb, 768 * kb, 160, 4,
     "cmsis-pack"},
    {"disco-f746ng", "STM32F746G-DISCO", "ST", "STM32F746NG", "Cortex-M7", "m7", 1 * mb, 320 * kb, 216, 7,
     "cmsis-pack"},
    {"nucleo-h743zi", "NUCLEO-H743ZI2", "ST", "STM32H743ZI", "Cortex-M7", "m7", 2 * mb, 512 * kb, 480, 4,
     "cmsis-pack"},
    {"teensy40", "Teensy 4.0", "PJRC", "i.MX RT1062", "Cortex-M7", "m7", 1984 * kb, 512 * kb, 600, -1,
     "arduino"},
    {"alif-e7", "Ensemble E7 DevKit", "Alif", "Ensemble E7", "Cortex-M55", "m55", 5632 * kb, 4 * mb, 400, -1,
     "cmsis-pack"},
    {"esp32-c3", "ESP32-C3-DevKitM-1", "Espressif", "ESP32-C3", "RV32IMC", "rv32imc", 4 * mb, 384 * kb, 160,
     -1, "esp-idf"},
};

}  // namespace

std::span<const Board> boards() { return table; }

const Board* find_board(const std::string& name) {
  const auto* const found =
      std::ranges::find(table, name, [](const Board& b) { return std::string(b.name); });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace etch::host
