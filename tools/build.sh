#!/usr/bin/env bash
# Configures and builds one preset: tools/build.sh PRESET [--target NAME] [-- CMAKE_ARGUMENTS]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
shift
target=()
if [ "${1:-}" = --target ]; then
  target=(--target "$2")
  shift 2
fi
if [ "${1:-}" = -- ]; then shift; fi

log=build/$preset/configure.log
mkdir -p "build/$preset"
cmake --preset "$preset" "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build --preset "$preset" -j "${JOBS:-$(nproc)}" "${target[@]}"
