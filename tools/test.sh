#!/usr/bin/env bash
# Builds and tests the named presets one after the other, then says how many tests passed and failed.
#   tools/test.sh PRESET...
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0

# A preset that does not build counts as one failed test.
test_preset() {
  local log=build/$1/test.log total failures
  echo "== $1"
  if ! tools/build.sh "$1"; then
    failed=$((failed + 1))
    return
  fi
  # ThreadSanitizer of this compiler generation needs addresses laid out without much randomness.
  local run=()
  if [ "$1" = tsan ] && setarch -R true 2>/dev/null; then run=(setarch -R); fi
  "${run[@]}" ctest --preset "$1" -j "${JOBS:-$(nproc)}" | tee "$log" || true
  read -r failures total < <(
    sed -nE 's/.* ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$log" | tail -1
    echo "1 1") # ctest that says nothing has not run
  failed=$((failed + failures))
  passed=$((passed + total - failures))
}

for preset in "$@"; do test_preset "$preset"; done
echo "$passed passed, $failed failed"
((failed == 0))
