#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Every wrong declaration in this folder must stop the build with its sentence, its numbers and its line, and with one
# error (ERRORS says where g++ writes more lines for that one). Usage: CXX=g++ FLAGS="-I include -I ." run.sh, or run.sh g++ -I include -I . ONLY: names, with wildcards.
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -gt 0 ]; then
  CXX=$1
  shift
  FLAGS="$*"
fi
CXX=${CXX:-g++}
FLAGS=${FLAGS:--I$here/../../include -I$here/../..}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
case $("$CXX" --version | head -n 1) in
  *clang*) limit=-fconstexpr-steps=100000000 compiled=$folder/etch.pch known="-include-pch $folder/etch.pch" ;;
  *) limit=-fconstexpr-ops-limit=1000000000 compiled=$folder/etch.hpp.gch known="-include $folder/etch.hpp" ;;
esac

# Etch's headers are read once for all declarations.
echo '#include <etch/etch.hpp>' >"$folder/etch.hpp"
"$CXX" -std=c++20 -DETCH_PORTABLE_KERNELS $limit $FLAGS -x c++-header "$folder/etch.hpp" -o "$compiled" || exit 1

compiles() {  # $FLAGS is a list
  LC_ALL=C "$CXX" -std=c++20 -DETCH_PORTABLE_KERNELS $limit $FLAGS $known -fsyntax-only "$1" >"$text" 2>&1
}
wrong() {
  echo "FAILED $name: $1"
  failed=$((failed + 1))
  head -n 40 "$text" | cut -c 1-300 | sed 's/^/    /'
}
# Whether the message shows the numbers, as template arguments (g++) or as arguments of a call (clang).
shows_numbers() {
  grep -q "Found{$1}, .*Expected{$2}" "$text" || grep -q "\[0\], $1, $2, " "$text"
}
# The wrong line, as a place in the file or as one of the numbers.
shows_line() {
  grep -q "$name\.cpp:$1[:,]" "$text" || grep -q "Line{$1}" "$text" || grep -q ", $1)'" "$text"
}
check() {
  sentence=$(sed -n '1s|^// EXPECT: ||p' "$1")
  numbers=$(sed -n '2s|^// NUMBERS: ||p' "$1")
  most=$(sed -n '2s|^// ERRORS: ||p' "$1")
  line=$(grep -n '// HERE' "$1" | head -n 1 | cut -d: -f1)
  if [ -z "$sentence" ] || [ -z "$line" ]; then wrong "no EXPECT or HERE in it"; return; fi
  if compiles "$1"; then wrong "it compiles"; return; fi
  grep -qF "$sentence" "$text" || { wrong "the sentence is missing: $sentence"; return; }
  shows_line "$line" || { wrong "line $line is missing"; return; }
  if [ -n "$numbers" ]; then
    shows_numbers ${numbers% *} ${numbers#* } || { wrong "the numbers $numbers are missing"; return; }
  fi
  errors=$(grep -c 'error: ' "$text")
  [ "$errors" -ge 1 ] && [ "$errors" -le "${most:-1}" ] || { wrong "$errors errors instead of one"; return; }
  [ "$(wc -l <"$text")" -le 40 ] || wrong "$(wc -l <"$text") lines of message"
}

# One share of the declarations, as one of several that run side by side.
share() {
  text=$folder/$1.text
  failed=0
  at=0
  for file in $files; do
    at=$((at + 1))
    [ $((at % shares)) -eq "$1" ] || continue
    name=$(basename "$file" .cpp)
    if [ "$name" = control ]; then
      compiles "$file" || wrong "the right declaration does not compile"
    else
      check "$file"
    fi
  done
  echo "$failed" >"$folder/$1.failed"
}

files=$(ls "$here"/${ONLY:-*}.cpp) || exit 2
shares=$(nproc)
k=0
while [ "$k" -lt "$shares" ]; do
  share "$k" >"$folder/$k.log" &
  k=$((k + 1))
done
wait
cat "$folder"/*.log
failed=$(cat "$folder"/*.failed | awk '{ n += $1 } END { print n }')
count=$(echo "$files" | wc -l)
echo "$count declarations with $CXX, $failed failed"
[ "$failed" -eq 0 ]
