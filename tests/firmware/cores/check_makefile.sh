#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# check_makefile.sh FOLDER BOARD GENERATED MAIN ARG...: the Makefile of docs/cores.md, as it stands there, builds a model's
# firmware and runs it.
set -euo pipefail
folder=$1 board=$2 generated=$3 main=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
awk '/^```make$/ { text = 1; next } /^```$/ { text = 0 } text' "$root/docs/cores.md" >Makefile
diff Makefile "$here/Makefile"
make -s run ETCH="$root" BOARD="$board" GENERATED="$generated" NAME=model MAIN="$main" ARGS="$*"
