#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_package.sh KIND ETCH MODELS FOLDER: a model's package for an ecosystem is whole, is valid by the ecosystem's schema,
# and its example, built as the ecosystem builds it, passes its self test in the emulator. Exit code 77 without schemas.
set -euo pipefail
kind=$1 etch=$2 models=$3 folder=$4
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
arm=$root/runtime/boards/arm riscv=$root/runtime/boards/riscv
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
fail() {
  echo "check_package: $1" >&2
  exit 1
}
package() {
  "$etch" compile "$models/$1" --package "$kind" --package-version 2.3.4 --package-author "Ada O'Lovelace <ada@example.org>" \
    --package-url https://example.org/models --package-license MIT --name "$2" -o "$2" "${@:3}" | tail -1
  ! grep -rn "$root" "$2" || fail "$2 names a path of this machine"
  /usr/bin/python3 -B "$here/check_manifests.py" "$kind" "$2" "$2" 2.3.4
}
# passes BOARD ELF: on Arm or RISC-V
passes() {
  local boards=$arm
  [ -d "$riscv/$1" ] && boards=$riscv
  sh "$boards/run.sh" "$1" "$2" >said || fail "$2 on $1 ends with $?: $(cat said)"
  grep -q "the self test passed" said || fail "$2 on $1: $(cat said)"
}
# The value of a board's property: value BOARD PROPERTY
value() { sed -n "s/^$1\.build\.$2=//p" "$here/hardware/etch/arm/boards.txt"; }
board_names() { sed -n 's/\.name=.*//p' "$here/hardware/etch/arm/boards.txt"; }

# Debian's arduino-builder is older than libraries that are ready: what newer ones find by the board's build.mcu, -mfpu and
# -mfloat-abi is told to the linker here.
build_sketch() {
  local name=$1 board=$2 flags place
  flags=$(value "$board" flags)
  place=$name/src/$(value "$board" mcu)
  local specs=() flag
  for flag in $flags; do [[ $flag == -mfpu=* ]] && specs+=("${flag#*=}"); done
  for flag in $flags; do [[ $flag == -mfloat-abi=* ]] && specs+=("${flag#*=}"); done
  [ ${#specs[@]} = 0 ] || place+=/$(IFS=- && echo "${specs[*]}")
  [ -f "$place/lib$name.a" ] || fail "there is no $place/lib$name.a for $board"
  mkdir -p "built_$board"
  arduino-builder -compile -quiet -hardware hardware -hardware /usr/share/arduino-builder -tools /usr/bin -libraries . \
    -fqbn "etch:arm:$board" -build-path "$PWD/built_$board" -prefs "etch.root=$root" -warnings all \
    -prefs "compiler.libraries.ldflags=-L$PWD/$place $(sed -n 's/^ldflags=//p' "$name/library.properties")" \
    "$name/examples/selftest/selftest.ino"
  passes "$(value "$board" machine)" "built_$board/selftest.ino.elf"
}
check_arduino() {
  cp -r "$here/hardware" .
  cp "$arm"/{startup,console}.c hardware/etch/arm/cores/test
  package tflm/hello_world_int8.tflite sine
  for board in $(board_names); do build_sketch sine "$board"; done
  # States, inputs in the arena, and one core alone.
  package tflm/trained_lstm_int8.tflite digit --board m4
  [ "$(find digit/src -name '*.a' | wc -l)" = 2 ] || fail "other cores than --board"
  build_sketch digit m4softfp
  package tflm/hello_world_float.tflite wave --board m3 --ends-in-arena
  build_sketch wave m3
  # Where there is no compiler, a sentence and nothing else.
  mkdir programs
  ! PATH=$PWD/programs "$etch" compile "$models/tflm/hello_world_int8.tflite" --package arduino -o none 2>said || fail "no make"
  grep -q "libraries need the program make, which is not there" said && [ ! -e none ] || fail "no make: $(cat said)"
  ln -s "$(command -v make)" programs
  ! PATH=$PWD/programs "$etch" compile "$models/tflm/hello_world_int8.tflite" --package arduino -o none 2>said || fail "no compiler"
  grep -q "libraries need the program arm-none-eabi-g++" said && [ ! -e none ] || fail "no compiler: $(cat said)"
  # What README.md says makes the same library.
  make -s -C sine/extras/source CROSS=arm-none-eabi- \
    FLAGS="-mthumb -mcpu=cortex-m4 -mfloat-abi=softfp -mfpu=fpv4-sp-d16" 2>&1 || fail "the Makefile of extras/source"
}
scons_example() {
  local library=$4
  cp "$here/SConstruct" .
  scons -Q -s PACKAGE="$PWD/sine" ROOT="$root" BOARD="$1" FLAGS="$2" TOOLS="$3" LIBRARY="$library"
}
check_platformio() {
  cp -r "$here/hardware" .
  package tflm/hello_world_int8.tflite sine
  local board
  for board in $(board_names); do
    scons_example "$arm/$(value "$board" machine)" "$(value "$board" flags)" arm-none-eabi- "--specs=nano.specs --specs=nosys.specs"
    passes "$(value "$board" machine)" example.elf
  done
  if command -v riscv64-unknown-elf-gcc qemu-system-riscv32 >/dev/null; then
    scons_example "$riscv/virt-rv32imc" "-march=rv32imc -mabi=ilp32 -mcmodel=medany" riscv64-unknown-elf- --specs=picolibc.specs
    passes virt-rv32imc example.elf
  fi
  ! scons_example "$arm/mps2-an386" "-mthumb -mcpu=cortex-m4 -mfloat-abi=soft" arm-none-eabi- "" >said 2>&1 || fail "soft passes"
  grep -q "no library is ready for a compiler that is told -mthumb -mcpu=cortex-m4" said || fail "soft: $(cat said)"
}
check_zephyr() {
  package tflm/hello_world_int8.tflite sine
  package tflm/trained_lstm_int8.tflite digit --board m3 --weights-blob
  for name in sine digit; do
    ZEPHYR_BASE=$here/zephyr cmake -S $name/samples/selftest -B built_$name -DSTAND_IN_ROOT="$root" -DSTAND_IN_BOARD=mps2-an385 >/dev/null
    cmake --build built_$name >/dev/null
    passes mps2-an385 built_$name/zephyr.elf
  done
}
check_esp-idf() {
  package tflm/hello_world_int8.tflite sine --ends-in-arena
  command -v riscv64-unknown-elf-gcc qemu-system-riscv32 >/dev/null || {
    echo "there is no RISC-V compiler or emulator: manifests alone"
    return
  }
  local headers
  headers=$(g++ -E -v -x c++ /dev/null 2>&1 | sed -n 's|^ \(/.*/c++/[0-9.]*\)$|;-isystem\1|p' | tr -d '\n')
  IDF_PATH=$here/esp_idf cmake -S sine/examples/selftest -B built -DSTAND_IN_ROOT="$root" \
    "-DSTAND_IN_HEADERS=-ffreestanding;-I$riscv/include$headers" >/dev/null
  cmake --build built >/dev/null
  passes virt-rv32imc built/sine_selftest.elf
}
check_cmsis-pack() {
  package tflm/hello_world_int8.tflite sine
  for board in mps2-an385-m0plus mps2-an386 mps2-an505 mps3-an547; do
    /usr/bin/python3 -B "$here/build_pack.py" sine "$root" $board "$PWD/$board.elf"
    passes $board $board.elf
  done
}
"check_$kind"
echo "package ok"
