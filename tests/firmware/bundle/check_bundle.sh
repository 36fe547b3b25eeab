#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_bundle.sh ETCH MODELS FOLDER: bundles build with no Etch beside them and know their answers; a library for a core
# runs in a program of C alone; headers compile as every C and C++ without a warning.
set -euo pipefail
etch=$1 models=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
boards=$root/runtime/boards
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
fail() {
  echo "check_bundle: $1" >&2
  exit 1
}

# Models whose ends lie with the caller and in the arena, of floats, and one that keeps states and is told its weights.
"$etch" compile "$models/tflm/hello_world_int8.tflite" --bundle -o sine --name sine | tail -1
"$etch" compile "$models/tflm/hello_world_float.tflite" --bundle -o wave --name wave --ends-in-arena >/dev/null
"$etch" compile "$models/tflm/trained_lstm_int8.tflite" --bundle -o digit --name digit --weights-blob >/dev/null
for name in sine wave digit; do
  ! grep -rn "$root" "$name" || fail "the bundle $name names a path of this machine"
  said=$(make -s -C "$name" check OPTIMIZE=-O1)
  [ "$said" = "the self test passed" ] || fail "$name: $said"
done

# A self test that cannot fail is none: one weight changes.
cp -r sine damaged
printf '\x55' | dd of=damaged/sine_weights.bin bs=1 seek=64 conv=notrunc status=none
touch damaged/sine_weights.S
said=$(make -s -C damaged check OPTIMIZE=-O1 2>/dev/null) && fail "a damaged weight is not seen"
[[ "$said" == *"the self test failed: -4"* ]] || fail "a damaged weight: $said"

# Every C and C++ takes the headers and what is C of the sources.
warnings=(-Wall -Wextra -Wconversion -Wsign-conversion -Wcast-align -pedantic -Werror -fsyntax-only)
for name in sine wave digit; do
  for standard in c99 c11 gnu11 c++11 c++14 c++17 c++20; do
    compiler=(gcc) && [[ $standard == *++* ]] && compiler=(g++ -x c++)
    for file in selftest weights; do
      "${compiler[@]}" -std=$standard "${warnings[@]}" -DETCH_WEIGHTS_IN_C -I"$name" "$name/${name}_$file.c"
    done
  done
  for file in "$name/$name.cpp" "$name/${name}_step.cpp"; do
    g++ -std=c++20 -fconstexpr-ops-limit=1000000000 -ffp-contract=off "${warnings[@]}" -isystem "$name/headers" "$file"
  done
done
gcc -std=c99 -Wall -Wextra -Werror -Isine "$here/quantize_test.c" sine/desktop/libsine.a -o quantize_test
./quantize_test | grep -q "quantize ok" || fail "numbers are quantized otherwise: $(./quantize_test)"

# A package of CMake: by itself with its self test, below a project, and installed.
"$etch" compile "$models/tflm/hello_world_int8.tflite" --package cmake --package-version 2.3.4 -o package --name sine | grep -q \
  "package of CMake" || fail "no package"
mkdir user
cat >user/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(user LANGUAGES C CXX)
if(ADDED)
  add_subdirectory(${ADDED} sine)
else()
  find_package(sine 2.1 REQUIRED)
endif()
add_executable(user ${MAIN})
target_link_libraries(user PRIVATE sine::sine)
END
configure() { cmake -S "$1" -B "$2" "${@:3}" -DCMAKE_BUILD_TYPE=None >/dev/null && cmake --build "$2" >/dev/null; }
configure package built -DCMAKE_INSTALL_PREFIX="$PWD/prefix"
(cd built && ctest >/dev/null) || fail "the package's own test"
cmake --install built >/dev/null
configure user added -DADDED="$PWD/package" -DMAIN="$PWD/package/selftest_main.c"
configure user found -DCMAKE_PREFIX_PATH="$PWD/prefix" -DMAIN="$PWD/package/selftest_main.c"
for way in added found; do
  ./$way/user | grep -q "the self test passed" || fail "the package, $way"
done
sed -i 's/sine 2.1/sine 3/' user/CMakeLists.txt
! configure user newer -DCMAKE_PREFIX_PATH="$PWD/prefix" -DMAIN=x 2>/dev/null || fail "version 2.3.4 passes for 3"

# Packages of other ecosystems: nothing in them is to be filled in any more. The long tier builds them all.
for kind in "arduino --board m3" zephyr; do
  # shellcheck disable=SC2086
  "$etch" compile "$models/tflm/hello_world_int8.tflite" --package $kind -o "${kind%% *}" --name sine >/dev/null
  ! grep -rnIE '@[A-Za-z_]+@' "${kind%% *}" || fail "a package for $kind is not filled in"
done
[ "$(find arduino/src -name '*.a')" = arduino/src/cortex-m3/libsine.a ] || fail "the libraries of --board m3"

# A library for a core, in a program without a C library.
library() {
  local board=$1 tools=$2 arch=$3 folder=$4
  local own=("$boards/$arch"/{startup,console}.c) flags=("@$boards/$arch/$folder/flags")
  "$etch" compile "$models/tflm/hello_world_int8.tflite" --library --board "$board" -o "$board" --name sine | tail -1
  local extra=()
  [ "$arch" = arm ] || extra=(--specs=picolibc.specs)
  "$tools"gcc -std=gnu11 -Os "${extra[@]}" "${flags[@]}" -Wall -Wextra -Werror -ffunction-sections -I"$board" -I"$root" \
    -I"$boards/$arch/$folder" -nostdlib -nostartfiles -L"$boards/$arch" -T "$boards/$arch/$folder/board.ld" -Wl,--gc-sections \
    "$here/main.c" "${own[@]}" "$board/libsine.a" -lgcc -o "$board.elf"
  local wanted
  wanted=$("$tools"nm "$board/libsine.a" | awk '$1 == "U" { print $2 } $2 ~ /[A-Z]/ && NF == 3 { print "-" $3 }' | sort -u |
    awk '/^-/ { have[substr($0, 2)]; next } { want[$0] } END { for (w in want) if (!(w in have)) print w }' |
    grep -vE '^(mem(cpy|set|move|cmp)|__aeabi_.*|__gnu_.*|__[a-z]+[sdt][if][0-9]?)$') || true
  [ -z "$wanted" ] || fail "the library for $board asks for $wanted"
  sh "$boards/$arch/run.sh" "$folder" "$board.elf" | grep -q "library ok" || fail "the library for $board fails"
}
library m0 arm-none-eabi- arm microbit
if command -v riscv64-unknown-elf-gcc qemu-system-riscv32 >/dev/null; then
  library rv32imc riscv64-unknown-elf- riscv virt-rv32imc
fi

# A mistake is one sentence, and nothing is written.
mistake() {
  local sentence=$1 code=0 said
  shift
  said=$("$etch" compile "$models/tflm/hello_world_int8.tflite" -o none "$@" 2>&1) || code=$?
  [ $code = 1 ] && [[ "$said" == *"$sentence"* ]] && [ ! -e none ] || fail "$*: $code, $said"
}
mistake "there are no headers of Etch in /nowhere" --bundle --headers /nowhere
mistake '"1.x" is no version of a package' --package cmake --package-version 1.x
mistake "--package: cargo not in {cmake,arduino,platformio,zephyr,esp-idf,cmsis-pack}" --package cargo
mistake '"Ada" is no author of a package' --package zephyr --package-author Ada
mistake '"example.com" is no address of a package' --package zephyr --package-url example.com
mistake '"my  own" is no license of a package' --package zephyr --package-license "my  own"
mistake '"s" cannot be the name of a package' --package zephyr --name s
mistake '"arduino_1" cannot be the name of a library of Arduino' --package arduino --name arduino_1
mistake "packages with ready libraries are for the cores m0plus" --package arduino --board m55
mistake "leave --bundle and --library out" --package platformio --library
mistake "there is no board 'm9'" --library --board m9
echo "bundles ok"
