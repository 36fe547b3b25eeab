#!/usr/bin/env bash
# What docs/install.md and docs/tool.md say of builds without CMake, as they say it: the two commands of g++ with a program that
# calls fit, and, where the toolchain is there, the Makefile.
# without_cmake.sh <folder of libetch_host.a and etch>
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir -p links/build
ln -s "$root"/* links 2>/dev/null || true
rm -rf links/build && mkdir -p links/build && ln -s "$build" links/build/release
ln -s links etch

# Blocks of shell below a heading, joined lines and all.
commands_of() {
  awk -v heading="$2" '
    /^#/ { inside = index($0, heading) > 0 }
    /^```/ { shell = inside && $0 == "```sh"; next }
    shell { print }' "$1"
}

cat >start.cpp <<'PROGRAM'
#include <etch/etch.hpp>
#include <cstdio>
#include <vector>

inline constexpr auto network = etch::sequential(etch::Input{1}, etch::Dense{1});

int main() {
  const std::vector<float> x{0, 1, 2, 3}, y{1, 3, 5, 7};
  auto model = etch::compile<network>(etch::SGD{.learning_rate = 0.1f}, etch::MeanSquaredError{}, etch::hana::make_tuple(),
                                      etch::batch<4>);
  model.fit({x, y}, {.epochs = 300, .silent = true});
  std::printf("%.2f\n", static_cast<double>(model.predict(std::vector<float>{10})[0]));
}
PROGRAM

commands_of "$root/docs/install.md" "Without CMake" >commands.sh
[ "$(grep -c '^g++' commands.sh)" = 2 ] || { echo "docs/install.md does not name two commands"; exit 1; }
# One command a line, and -O0: what is tested is that it compiles and links.
sed -e ':join' -e '/\\$/ { N; s/\\\n//; b join' -e '}' -e 's/-O2 -march=native/-O0/' commands.sh >lines.sh
while read -r command; do
  echo "+ $command"
  rm -f start
  eval "$command"
  [ "$(./start)" = 21.00 ] || { echo "start printed $(./start), not 21.00"; exit 1; }
done <lines.sh

if ! command -v arm-none-eabi-g++ >/dev/null || ! command -v qemu-system-arm >/dev/null; then
  echo "skipped: the Makefile needs arm-none-eabi-g++ and qemu-system-arm"
  exit 0
fi
awk '/^```/ { make = $0 == "```make"; next } make' "$root/docs/tool.md" >Makefile
diff Makefile <(tail -n +2 "$root/tests/package/makefile/Makefile")
awk '/^```/ { c = $0 == "```c"; next } c && !done { print } /^}/ && c { }' "$root/docs/tool.md" | sed -n '/#include <stdint/,$p' >main.c
diff main.c <(sed -n '/#include <stdint/,$p' "$root/tests/package/firmware/main.c")
g++ -std=c++20 -O0 -ffp-contract=off -fconstexpr-ops-limit=1000000000 -DETCH_HOST=1 -I etch/include -I etch \
  "$root/tests/package/firmware/train.cpp" -L etch/build/release -letch_codegen -letch_host -lz -lcrypto -o train
./train xor.safetensors
"$build/etch" compile xor.safetensors --board m4 --ends-in-arena -o generated --name xor
make -s run | grep "4 of 4 right"
# Both files of weights in one program, and the one of C by itself, as C and as C++.
arm-none-eabi-gcc -std=c99 -Wall -Wextra -Werror -pedantic -mcpu=cortex-m4 -mthumb -c generated/xor_weights.c -o empty.o
arm-none-eabi-nm empty.o | grep xor_weights && { echo "xor_weights.c is not empty beside xor_weights.S"; exit 1; }
for language in "gcc -std=c99" "g++ -std=c++20 -x c++"; do
  arm-none-eabi-$language -Wall -Wextra -Werror -DETCH_WEIGHTS_IN_C -mcpu=cortex-m4 -mthumb -c generated/xor_weights.c -o weights.o
  arm-none-eabi-nm weights.o | grep " R xor_weights$"
done
arm-none-eabi-gcc -DETCH_WEIGHTS_IN_C -Igenerated -mcpu=cortex-m4 -mthumb -c generated/xor_weights.S -o empty.o
arm-none-eabi-nm empty.o | grep xor_weights && { echo "xor_weights.S is not empty beside xor_weights.c"; exit 1; }
echo "without CMake: all built and ran"
