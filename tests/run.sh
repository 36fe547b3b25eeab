#!/usr/bin/env bash
# Builds and runs the tests; installs with apt what is missing.
#   tests/run.sh                   what every change must pass
#   tests/run.sh --all             that and the long tests, each flag on each core among them
#   tests/run.sh STAGE [FILTER]    one stage: format, tidy, structure, unit, compile_fail, golden, firmware, sanitize,
#                                  fuzz, package, examples. FILTER: tests of Catch2 by name (unit, golden), of CTest by a
#                                  regular expression (firmware, sanitize), files by name (compile_fail)
#   tests/run.sh file FILE [TEST]  the tests of one file below tests/unit, tests/tool or tests/formats
# ETCH_MATERIAL: a folder of published models and data; tests that need it skip without, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/packages.sh

usage() { sed -n '3,10s/^# //p' tests/run.sh; }

stage_format() { git ls-files '*.hpp' '*.cpp' '*.h' '*.c' | xargs clang-format --dry-run --Werror; }

# Who may include whom, lengths, and words; `tests` runs them too.
stage_structure() { python3 tests/structure/check.py && python3 tests/structure/check_test.py; }

stage_tidy() { tests/tidy.py "$@"; }

configure() {
  cmake --preset "$1" -DETCH_LONG_TESTS="$long_tests" -DETCH_TEST_ALL_KINDS="$all_kinds" \
    -DETCH_TEST_HEADERS="$([ "$1:$all_kinds" = tests:ON ] && echo ON || echo OFF)" \
    -DETCH_JOIN_SOURCES="$([ "$long_tests" = ON ] && echo OFF || echo ON)" \
    -DETCH_INLINE_KERNELS="$([ "$1:$long_tests" = clang-sanitize:OFF ] && echo OFF || echo ON)" >/dev/null
}
# The library and tests of a preset; with targets, just these. build PRESET [TARGET ...]
build() {
  configure "$1"
  if [ $# = 1 ]; then
    cmake --build --preset "$1"
  else
    cmake --build --preset "$1" --target "${@:2}"
  fi
}

# Tests with g++: those whose usual build this is, or a kind.
stage_tests() {
  build tests
  ctest --preset tests
}
stage_unit() {
  local all_kinds=ON
  if [ -n "${1:-}" ]; then
    build tests unit_tests
    build/tests/tests/unit_tests "$1"
  else
    build tests unit_programs
    ctest --preset tests -L unit
  fi
}
stage_file() {
  local name=${1#tests/}
  name=${name%.cpp}
  name=${name//\//_}
  build tests "$name"
  "build/tests/tests/$name" "${@:2}"
}
stage_compile_fail() { ONLY=${1:-*} tests/compile_fail/run.sh "${CXX:-g++}" -Iinclude -I.; }
stage_golden() {
  build tests golden_tests
  build/tests/tests/golden/golden_tests ${1:+"$1"}
}
stage_firmware() {
  build tests
  ctest --preset tests -L firmware ${1:+-R "$1"}
}

# The others, with clang++, address and undefined sanitizers.
stage_sanitize() {
  build clang-sanitize
  ctest --preset clang-sanitize ${1:+-R "$1"}
}

# The fuzz targets, 4 s each, and emitted code with its values apart; stage_sanitize runs them too.
stage_fuzz() {
  build clang-sanitize
  ctest --preset clang-sanitize -L fuzz ${1:+-R "$1"}
}

# The installed package and add_subdirectory.
stage_package() {
  build tests
  tests/package/run.sh build/tests
}

stage_examples() {
  # With the library and the tool of the stage `tests`; --all compiles them as a user does.
  if [ "$long_tests" = OFF ]; then
    build tests etch_tool
    export ETCH_BUILT_LIBRARIES=$PWD/build/tests
  fi
  ETCH_EPOCHS=1 ./examples/mnist/run.sh
  cmake --build --preset release --target three_ways cnn_mnist residual_cifar run_train_on_device_m4 run_autoencoder \
    siamese two_outputs transfer run_gesture_lstm
  local name
  if [ -d /usr/include/eigen3 ]; then
    cmake --build --preset release --target eigen
    build/release/examples/eigen/eigen
  fi
  for name in three_ways cnn_mnist residual_cifar siamese two_outputs transfer; do
    ETCH_EPOCHS=1 "build/release/examples/$name/$name"
  done
  if [ -n "${ETCH_MATERIAL:-}" ]; then
    ./examples/mlperf_tiny/run.sh --boards m4 --models "kws ad"
    cmake --preset release -DETCH_MATERIAL="$ETCH_MATERIAL" >/dev/null
    cmake --build --preset release --target run_import_m4
    if [ -d "$ETCH_MATERIAL/audio" ]; then
      cmake --build --preset release --target run_wake_word
    fi
  fi
}

minutes=()
run() {
  printf '\n== %s\n' "$*"
  local start=$SECONDS
  "stage_$1" "${@:2}"
  minutes+=("$(awk -v s=$((SECONDS - start)) -v name="$1" 'BEGIN { printf "%6.1f  %s", s / 60, name }')")
}

long_tests=OFF all_kinds=OFF
stages=(format tidy tests sanitize package examples)
case "${1:-}" in
  "") ;;
  --all) long_tests=ON all_kinds=ON ;;
  -h | --help) usage && exit ;;
  *)
    if ! declare -F "stage_$1" >/dev/null; then
      echo "tests/run.sh: there is no stage '$1'" >&2
      usage >&2
      exit 2
    fi
    stages=()
    ;;
esac

[ "$long_tests" = OFF ] || test_packages+=("${long_test_packages[@]}")
require_packages "${build_packages[@]}" "${test_packages[@]}" "${firmware_packages[@]}" "${riscv_packages[@]}"
if [ -n "${ETCH_MATERIAL:-}" ]; then
  ETCH_MATERIAL=$(cd "$ETCH_MATERIAL" && pwd)
  export ETCH_MATERIAL
else
  echo "ETCH_MATERIAL is not set: tests on published data are skipped, and say so"
fi
if [ ${#stages[@]} = 0 ]; then run "$@"; fi
for stage in "${stages[@]}"; do run "$stage"; done

printf '\n== all tests passed; minutes a stage:\n'
printf '%s\n' "${minutes[@]}"
