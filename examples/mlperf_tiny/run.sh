#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Runs the models of MLPerf Tiny as firmware in an emulator: instructions, flash, RAM and stack, beside other engines.
# run.sh [--boards "m4 m7 m55 m3"] [--models "kws vww ic ad sww"] [--cycles]
# --cycles: on the Cortex-M4 cycles too, by the model of docs/cycles.md.
# ETCH_MATERIAL: a folder with models/mlperf_tiny, if it is at hand; else the models are downloaded.
set -euo pipefail
cd "$(dirname "$0")/../.."
all_boards=(m4 m7 m55 m3)
all_models=(kws vww ic ad sww)

fail() {
  echo "error: $*" >&2
  exit 1
}

# choose <what> <given> <known>...: what was given of the known, in their order, in `chosen`
choose() {
  local what=$1 given=" ${2//,/ } " name
  shift 2
  for name in $given; do
    [[ " $* " == *" $name "* ]] || fail "there is no $what '$name'; there are: $*"
  done
  chosen=()
  for name in "$@"; do [[ "$given" != *" $name "* ]] || chosen+=("$name"); done
  [ ${#chosen[@]} -gt 0 ] || fail "no $what was given; there are: $*"
}

boards=("${all_boards[@]}") models=("${all_models[@]}") cycles=()
while [ $# -gt 0 ]; do
  case $1 in
    --boards | --models)
      [ $# -gt 1 ] || fail "$1 needs a list, such as $1 \"$([ "$1" = --boards ] && echo m4 m55 || echo kws ad)\""
      if [ "$1" = --boards ]; then
        choose board "$2" "${all_boards[@]}"
        boards=("${chosen[@]}")
      else
        choose model "$2" "${all_models[@]}"
        models=("${chosen[@]}")
      fi
      shift 2
      ;;
    --cycles)
      cycles=(--cycles build/release/etch_firmware/etch_cycles.so)
      shift
      ;;
    -h | --help)
      sed -n '3,6s/^# //p' "$0"
      exit 0
      ;;
    *) fail "there is no option '$1': run.sh takes --boards, --models and --cycles" ;;
  esac
done

source tests/packages.sh
require_packages "${build_packages[@]}" "${firmware_packages[@]}" python3

here=examples/mlperf_tiny out=$PWD/build/release/mlperf_tiny
mkdir -p "$out"
python3 -B $here/models.py "$out/models" "${models[@]}"

rows=() targets=(etch_tool)
for board in "${boards[@]}"; do
  for model in "${models[@]}"; do
    rows+=("$board,$model")
    targets+=("mlperf_${model}_$board" "mlperf_${model}_${board}_size")
    case $board in m3 | m4) targets+=("mlperf_${model}_${board}_stack" "mlperf_${model}_${board}_size_stack") ;; esac
  done
done
if [ ${#cycles[@]} -gt 0 ]; then
  [[ " ${boards[*]} " == *" m4 "* ]] || fail "--cycles needs the board m4: those of the others are not known"
  "${QEMU_SYSTEM_ARM:-qemu-system-arm}" --help | grep '^-plugin ' >/dev/null ||
    fail "--cycles needs a qemu-system-arm that is built with plugins, as Debian's is"
  targets+=(etch_cycles)
fi
echo "building the tool etch, which takes some minutes once, and $((2 * ${#rows[@]})) programs (build/release)"
cmake --preset release -DETCH_BUILD_TESTS=OFF -DMLPERF_TINY_MODELS="$out/models" >"$out/configure.log" 2>&1 ||
  { cat "$out/configure.log" >&2; exit 1; }
cmake --build --preset release --target "${targets[@]}" >"$out/build.log" 2>&1 || { cat "$out/build.log" >&2; exit 1; }
python3 -B $here/collect.py --build build/release --out "$out" "${cycles[@]}" "${rows[@]}"
