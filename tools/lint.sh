#!/usr/bin/env bash
# Checks format, repository rules and, by clang-tidy, the sources changed since main; ALL=1: all sources.
set -uo pipefail
cd "$(dirname "$0")/.."
. tools/clang.sh

failed=0

# step NAME COMMAND...: runs it and remembers a failure.
step() {
  local name=$1
  shift
  echo "== $name"
  if ! "$@"; then failed=$((failed + 1)); fi
}

# The *.cc files to look at: those changed, and those beside a changed header.
changed_sources() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || echo HEAD)
  { git diff --name-only "$base"; git ls-files --others --exclude-standard; } |
    sed -nE 's/\.(h|cc)$/.cc/p' | sort -u | while read -r file; do
      if [ -f "$file" ]; then echo "$file"; fi
    done
}

# clang-tidy needs a compile command for each source, and the headers that are generated.
prepare() {
  mkdir -p build/clang
  cmake --preset clang >build/clang/configure.log 2>&1 || { cat build/clang/configure.log; return 1; }
  ninja -C build/clang -t targets rule CUSTOM_COMMAND | grep '\.avro\.h$' |
    xargs -r ninja -C build/clang >build/clang/generate.log || { cat build/clang/generate.log; return 1; }
}

tidy() {
  local files
  if [ "${ALL:-}" = 1 ]; then files=$(git ls-files '*.cc'); else files=$(changed_sources); fi
  # Only what the build knows: fixtures and projects of their own have no compile command.
  files=$(grep -xF -f <(sed -nE "s|^ *\"file\": \"$PWD/(.*)\".*|\1|p" build/clang/compile_commands.json) <<<"$files")
  if [ -z "$files" ]; then
    echo "no source has changed since main"
    return
  fi
  xargs -P "${JOBS:-$(nproc)}" -n 1 "$(clang_tool clang-tidy)" -p build/clang --quiet <<<"$files" \
    2> >(grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -' >&2)
}

step "format" tools/format.sh --check
step "layers" tools/check_layers.py
step "rules" tools/check_sources.py
step "docs" tools/check_docs.py
step "parity" tools/check_parity.py
step "compile commands" prepare
step "clang-tidy" tidy
if ((failed > 0)); then
  echo "lint: $failed of its steps found something" >&2
  exit 1
fi
