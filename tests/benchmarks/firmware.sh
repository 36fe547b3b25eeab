# SPDX-License-Identifier: BSL-1.0
# Sourced by benchmarks in firmware, with their arguments [FLAG...] [BOARD...]: leaves `options`, the boards in "$@", a
# folder in `work`, and `build_firmware`.
cd "$(dirname "$0")/../.."
options=()
while [[ ${1:-} == -* ]]; do
  options+=("$1")
  shift
done
[ ${#options[@]} -gt 0 ] || options=(-O2)
[ $# -gt 0 ] || set -- mps2-an386
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/include"
ln -s "${BOOST_INCLUDE:-/usr/include}/boost" "$work/include/boost" # nothing else of the host's headers

# build_firmware BOARD NAME "SOURCE..." [DEFINITION...]: $work/NAME.elf of sources and the board's own.
build_firmware() {
  local board=$1 name=$2 sources=$3 source objects=()
  local flags=(@runtime/boards/arm/"$board"/flags "${options[@]}" -ffunction-sections -fdata-sections -ffp-contract=off
    -fno-math-errno -I. -Iinclude -isystem "$work/include" -Iruntime/boards/arm/"$board")
  shift 3
  for source in $sources runtime/boards/arm/{startup,console,counter}.c; do
    local object=$work/$name-$(basename "$source").o
    case $source in
      *.cpp) arm-none-eabi-g++ -std=c++20 -fno-exceptions -fno-rtti -fconstexpr-ops-limit=1000000000 "${flags[@]}" "$@" \
        -c "$source" -o "$object" ;;
      *) arm-none-eabi-gcc -std=c99 "${flags[@]}" -c "$source" -o "$object" ;;
    esac
    objects+=("$object")
  done
  arm-none-eabi-g++ @runtime/boards/arm/"$board"/flags -nostartfiles --specs=nano.specs --specs=nosys.specs \
    -Wl,--gc-sections -Lruntime/boards/arm -T runtime/boards/arm/"$board"/board.ld "${objects[@]}" -o "$work/$name.elf"
}
