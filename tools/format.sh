#!/usr/bin/env bash
# Formats every C++ file; with --check only says which ones are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/clang.sh

format=$(clang_tool clang-format)
if [ "${1:-}" = --check ]; then
  sources | xargs -0 "$format" --dry-run -Werror --ferror-limit=1
else
  sources | xargs -0 "$format" -i
fi
