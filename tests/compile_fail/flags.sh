#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Languages and flags under which Etch would give other results, or hundreds of errors, must stop the build with a
# sentence before any other message. Usage: flags.sh g++
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
CXX=$1
text=$(mktemp)
trap 'rm -f "$text"' EXIT
failed=0
checked=0

compiles() {
  LC_ALL=C "$@" -I"$root/include" -I"$root" -x c++ - >"$text" 2>&1
}
wrong() {
  echo "FAILED $1"
  failed=$((failed + 1))
  head -n 5 "$text" | cut -c 1-300 | sed 's/^/    /'
}
# Source, sentence, compiler and flags: the sentence is the first error, and the only one.
refuses() {
  source=$1 sentence=$2
  shift 2
  checked=$((checked + 1))
  if printf '%b\n' "$source" | compiles "$@"; then
    wrong "$*: it compiles: $source"
    return
  fi
  grep 'error: ' "$text" | grep -v 'fatal error: .*etch_needs_cpp20' >"$text.errors"
  head -n 1 "$text.errors" | grep -qF -e "$sentence" && [ "$(wc -l <"$text.errors")" -eq 1 ] ||
    wrong "$*: the first and only error is not \"$sentence\": $source"
  rm -f "$text.errors"
}
accepts() {
  source=$1
  shift
  checked=$((checked + 1))
  printf '%b\n' "$source" | compiles "$@" || wrong "$*: it does not compile"
}

# What users include.
entries="etch/etch.hpp etch/model/program/stored_program.hpp runtime/kernels/int8_kernels.hpp"
languages() {
  for language in c++17 c++14 c++11; do
    for entry in $entries; do
      refuses "#include <$entry>" "Etch needs C++20" "$@" -std=$language -fsyntax-only
    done
  done
}
# Sentence, then the flags.
flags() {
  refuses "$small" "$1" "$CXX" -std=c++20 -fsyntax-only $2
}

small='#include <runtime/kernels/portable/sequence.hpp>'
accepts "$small" "$CXX" -std=c++20 -fsyntax-only -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math
accepts "$small" "$CXX" -std=gnu++20 -fsyntax-only -O3
languages "$CXX"
flags "-ffast-math" "-O2 -ffast-math"
flags "-ffast-math" -Ofast
flags "-ffinite-math-only" -ffinite-math-only
case $("$CXX" --version | head -n 1) in
  *clang*) flags "-ffast-math" "-Wno-overriding-t-option -ffp-model=fast" ;;
  *)  # clang++ 14 has no macro for these
    flags "-fassociative-math" "-fassociative-math -fno-signed-zeros -fno-trapping-math"
    flags "-fassociative-math" -funsafe-math-optimizations
    flags "-freciprocal-math" -freciprocal-math
    flags "-fno-signed-zeros" -fno-signed-zeros
    ;;
esac
case $("$CXX" -dumpmachine) in
  x86_64-*)
    refuses "$small" "-mfpmath=sse" "$CXX" -std=c++20 -fsyntax-only -m32 -mno-sse
    accepts "$small" "$CXX" -std=c++20 -fsyntax-only -m32 -msse2 -mfpmath=sse
    ;;
esac

# No header of Etch is read before the sentence: each includes another of Etch's, or language.hpp itself.
for header in $(cd "$root" && find include/etch runtime/kernels runtime/*.hpp -name '*.hpp' ! -name language.hpp); do
  checked=$((checked + 1))
  grep -Eq '^#include <(etch|runtime)/' "$root/$header" || { : >"$text"; wrong "$header includes no header of Etch"; }
done

if command -v arm-none-eabi-g++ >/dev/null; then
  languages arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb
  for core in cortex-m3 cortex-m4 cortex-m55; do
    refuses "$small" "-ffast-math" arm-none-eabi-g++ -std=c++20 -mcpu=$core -mthumb -fsyntax-only -Ofast
    accepts "$small" arm-none-eabi-g++ -std=c++20 -mcpu=$core -mthumb -fsyntax-only -O2
  done
  helium="arm-none-eabi-g++ -std=c++20 -mthumb -mfloat-abi=hard -fsyntax-only"
  refuses "$small" "+nomve.fp" $helium -mcpu=cortex-m55
  refuses "$small" "+nomve.fp" $helium -march=armv8.1-m.main+mve.fp
  accepts "$small" $helium -mcpu=cortex-m55+nomve.fp
  accepts "$small" $helium -march=armv8.1-m.main+mve+fp
else
  echo "no arm-none-eabi-g++: its languages and flags are not checked"
fi
echo "$checked builds with $CXX, $failed failed"
[ "$failed" -eq 0 ]
