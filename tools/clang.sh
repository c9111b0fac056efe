# Sourced: finds clang's tools under the names that distributions give them.

# clang_tool NAME: prints NAME-16 where that is, else the nearest newer one.
clang_tool() {
  local version
  for version in 16 17 18 19; do
    if command -v "$1-$version"; then return; fi
  done
  echo "there is no $1-16; tools/bootstrap.sh lint installs it" >&2
  return 1
}

# sources: prints the C++ files of the repository, tracked or new, each ended by a zero byte.
sources() { git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' ':!docs/samples'; }
