#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_stack_test.sh <folder> <objdump> <gcc> <flags of compiling and linking>...: what cmake/check_stack.py says of programs with known stacks.
set -euo pipefail
folder=$1 objdump=$2
shift 2
gcc=("$@")
check_stack=$(cd "$(dirname "$0")/../.." && pwd)/cmake/check_stack.py
mkdir -p "$folder"
cd "$folder"
failures=0

# expect <exit code> <budget> <sentence> : the program stands in program.c
expect() {
  "${gcc[@]}" -O2 -fcallgraph-info=su -c program.c -o program.o
  "${gcc[@]}" -nostartfiles -Wl,-emain program.o -o program.elf
  local code=0 said
  said=$(python3 "$check_stack" --budget "$2" --elf program.elf --objdump "$objdump" program.ci 2>&1) || code=$?
  if [ "$code" != "$1" ] || [[ "$said" != *"$3"* ]]; then
    printf 'expected exit %s and "%s", got exit %s and:\n%s\n' "$1" "$3" "$code" "$said"
    failures=$((failures + 1))
  fi
}

use='__attribute__((noinline)) static int use(volatile char* p) { p[1] = 2; return p[1]; }'
cat >program.c <<END
$use
__attribute__((noinline)) static int deep(void) { char b[400]; return use(b) + 1; }
int main(void) { return deep() + 1; }
END
expect 0 512 "bytes of stack, budget 512"
expect 1 400 "over its budget"
expect 1 400 " deep"

cat >program.c <<END
int down(int n) { return n ? down(n - 1) * n + 1 : 0; }
__attribute__((noinline)) int other(int n) { volatile int m = n; return m ? other(m - 1) * m : 1; }
int main(void) { return other(3); }
END
expect 1 512 "recursion has no bound: other -> other"

cat >program.c <<END
int (*volatile pointer)(int);
int main(void) { return pointer(3) + 1; }
END
expect 1 512 "main calls through a pointer"

cat >program.c <<END
$use
volatile int n;
int main(void) { char b[n]; return use(b) + 1; }
END
expect 1 512 "the frame of main depends on data"

# A function of a library has no call graph: its disassembly counts.
cat >program.c <<END
#include <stdlib.h>
#include <string.h>
volatile int n;
static char a[99], b[99];
int main(void) { memmove(a, b, n); return a[n] + 1; }
END
expect 0 512 "main: at most"

cat >program.c <<END
int main(void) { return 0; }
END
code=0
said=$(python3 "$check_stack" --budget 1 --elf program.elf --objdump "$objdump" --function absent program.ci 2>&1) || code=$?
[[ "$code" == 1 && "$said" == *"has no function absent"* ]] || { echo "absent: $code $said"; failures=$((failures + 1)); }

echo "check_stack: $failures failed"
[ "$failures" = 0 ]
