#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_etch_package.sh KIND VERSION BOOST FOLDER: Etch's own package for an ecosystem is valid by the ecosystem's schema, and
# its example, built as the ecosystem builds it, learns exclusive or in the emulator. Exit code 77 without schemas. What stands in for the ecosystems:
# check_package.sh.
set -euo pipefail
kind=$1 version=$2 boost=$3 folder=$4
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
fail() {
  echo "check_etch_package: $1" >&2
  exit 1
}
cmake -DKIND="$kind" -DFOLDER="$PWD/etch" -DVERSION="$version" -DBOOST="$boost" "-DAUTHOR=Ada O'Lovelace <ada@example.org>" \
  -DURL=https://example.org/etch -P "$root/cmake/make_etch_package.cmake"
! grep -rn "$root" etch || fail "the package names a path of this machine"
/usr/bin/python3 -B "$here/check_manifests.py" "$kind" etch etch "$version" xor
# learns ARCHITECTURE BOARD ELF
learns() {
  sh "$root/runtime/boards/$1/run.sh" "$2" "$3" >said || fail "$3 on $2 ends with $?: $(cat said)"
  grep -q "4 of 4 are right" said || fail "$3 on $2: $(cat said)"
}
case $kind in
  zephyr)
    ZEPHYR_BASE=$here/zephyr cmake -S etch/samples/xor -B built -DSTAND_IN_ROOT="$root" -DSTAND_IN_BOARD=mps2-an385 >/dev/null
    cmake --build built >/dev/null
    learns arm mps2-an385 built/zephyr.elf
    ;;
  esp-idf)
    headers=$(g++ -E -v -x c++ /dev/null 2>&1 | sed -n 's|^ \(/.*/c++/[0-9.]*\)$|;-I\1|p' | tr -d '\n')
    IDF_PATH=$here/esp_idf cmake -S etch/examples/xor -B built -DSTAND_IN_ROOT="$root" \
      "-DSTAND_IN_HEADERS=-ffreestanding;-I$root/runtime/boards/riscv/include$headers" >/dev/null
    cmake --build built >/dev/null
    learns riscv virt-rv32imc built/etch_xor.elf
    ;;
  cmsis-pack)
    for board in mps2-an385-m0plus mps2-an386; do
      /usr/bin/python3 -B "$here/build_pack.py" etch "$root" $board "$PWD/$board.elf"
      learns arm $board $board.elf
    done
    ;;
  platformio)
    cp -r "$here/hardware" .
    cp "$here/SConstruct" .
    scons -Q -s PACKAGE="$PWD/etch" ROOT="$root" BOARD="$root/runtime/boards/arm/mps2-an386" \
      FLAGS="-mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16" TOOLS=arm-none-eabi- \
      CXXFLAGS="$(sed -n 's/^build_flags = //p' etch/examples/xor/platformio.ini)" LIBRARY="--specs=nano.specs --specs=nosys.specs"
    learns arm mps2-an386 example.elf
    ;;
  *) fail "there is no package for '$kind'" ;;
esac
echo "package ok"
