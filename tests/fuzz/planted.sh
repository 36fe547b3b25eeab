#!/usr/bin/env bash
# Shows that the fuzz targets find what they are for: takes one check out of a copy of the sources for each patch in
# planted/, builds the target of the same name, and expects a finding from the kept corpus within a minute.
# planted.sh [TARGET...]
# planted.sh --check: only whether each patch still fits the sources
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ "${1:-}" = --check ]; then
  for patch in "$here"/planted/*.patch; do
    patch --dry-run -s -p1 -d "$root" <"$patch" || { echo "$patch: does not fit the sources: write it again" && exit 1; }
  done
  exit
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(csv cifar idx numpy wav model_file onnx tflite keras rtneural)

(cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy")
cd "$copy"
cmake --preset clang-sanitize >/dev/null
missed=0
for target in "${targets[@]}"; do
  patch -s -p1 <"$here/planted/$target.patch"
  cmake --build --preset clang-sanitize --target "fuzz_$target" >build.log || { tail -n 40 build.log && exit 1; }
  start=$SECONDS
  if log=$(tests/fuzz/run.sh --build build/clang-sanitize --seconds 60 "$target"); then
    echo "$target: the planted defect was not found: $log"
    missed=1
  else
    echo "$target: found in $((SECONDS - start)) s: $(grep -m 1 -E '^broken|ERROR: |runtime error|SUMMARY' <<<"$log")"
  fi
  patch -s -R -p1 <"$here/planted/$target.patch"
done
exit $missed
