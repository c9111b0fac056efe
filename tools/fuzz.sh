#!/usr/bin/env bash
# Builds the fuzzers and runs each for FUZZ_SECONDS, as many at a time as there are processors.
# What breaks one is kept in build/fuzz/findings/.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
out=build/fuzz/findings

# fuzz_one PROGRAM: runs it and leaves its output and exit status beside the findings.
fuzz_one() {
  local name corpus status=0
  name=$(basename "$1")
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  local seeds=()
  if [ -d "fuzz/corpus/$name" ]; then seeds=("fuzz/corpus/$name"); fi
  "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1 \
    -artifact_prefix="$out/$name-" "$corpus" "${seeds[@]}" >"$out/$name.log" 2>&1 || status=$?
  echo "$status" >"$out/$name.status"
}

tools/build.sh fuzz
mkdir -p "$out"
programs=(build/fuzz/fuzz/bin/*)
if [ ! -e "${programs[0]}" ]; then
  echo "there is no fuzzer to run" >&2
  exit 1
fi
rm -f "$out"/*.log "$out"/*.status
echo "== fuzzing: ${#programs[@]} programs, $seconds s each"
export -f fuzz_one
export seconds out
printf '%s\n' "${programs[@]}" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'fuzz_one {}'

passed=0 failed=0
for program in "${programs[@]}"; do
  name=$(basename "$program")
  if [ "$(cat "$out/$name.status")" = 0 ]; then
    passed=$((passed + 1))
    echo "$name: $(sed -nE 's/^stat::number_of_executed_units: *//p' "$out/$name.log") inputs, nothing found"
  else
    failed=$((failed + 1))
    tail -40 "$out/$name.log"
    echo "$name: FAILED, see $out/$name*"
  fi
done
echo "$passed passed, $failed failed"
((failed == 0))
