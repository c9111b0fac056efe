#!/usr/bin/env bash
# Installs the system packages that a make target needs and that are not here yet.
#   tools/bootstrap.sh build|test|bench|format|lint|sanitize|fuzz|test-kafka
# Looks first at what is there, by use and not by package name. Asks before it uses sudo, unless it
# runs as root, or CI=true or ASSUME_YES=1 is set. Packages that only save time are installed along
# with needed ones, never asked for on their own.
set -euo pipefail

compiler=${CXX:-c++}
packages=() reasons=() extras=()

main() {
  local target=${1:-}
  check_compiler
  case $target in
    build) need_build ;;
    test) need_build; need_test ;;
    bench)
      need_build; need_bench
      if [ -n "${KAFKA:-}${STREAMS:-}" ]; then need_kafka; fi ;;
    format) need_clang_tool clang-format "to format the sources" ;;
    lint)
      need_build; need_test
      need_clang_tool clang-format "to check the format"
      need_clang_tool clang-tidy "to check the sources" ;;
    sanitize) need_build; need_test; need_clang ;;
    fuzz) need_build; need_clang ;;
    test-kafka) need_build; need_test; need_kafka ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
  esac
  if ((${#packages[@]} > 0)); then
    install_packages "$target"
    hash -r
    check_compiler
  fi
  check_cmake
}

# need PACKAGE REASON: the package is missing, and REASON says what it is for.
need() {
  packages+=("$1")
  reasons+=("  $1: $2")
}

has() { command -v "$1" >/dev/null 2>&1; }

# need_header HEADER PACKAGE REASON; without a compiler to ask, the package's presence decides.
need_header() {
  if has "$compiler"; then
    printf '#if !__has_include(<%s>)\n#error\n#endif\n' "$1" |
      "$compiler" -E -x c++ - >/dev/null 2>&1 || need "$2" "$3"
  else
    dpkg -s "$2" >/dev/null 2>&1 || need "$2" "$3"
  fi
}

need_build() {
  has "$compiler" || need g++ "the C++ compiler"
  has cmake || need cmake "builds the project"
  has ninja || need ninja-build "builds the project"
  has ccache || extras+=(ccache)
  has mold || extras+=(mold)
  need_header zlib.h zlib1g-dev "gzip compression"
  need_header lz4frame.h liblz4-dev "lz4 compression"
  need_header zstd.h libzstd-dev "zstd compression"
  need_header snappy-c.h libsnappy-dev "snappy compression"
  need_header nlohmann/json.hpp nlohmann-json3-dev "reads Avro schemas"
  need_header CLI/CLI.hpp libcli11-dev "command lines"
}

need_test() {
  need_header gtest/gtest.h libgtest-dev "the tests' framework"
  need_header gmock/gmock.h libgmock-dev "the tests' framework"
  has python3 || need python3 "checks of the repository itself"
  has kcat || need kcat "a foreign client to test the embedded broker with"
}

need_bench() {
  has python3 || need python3 "runs the comparison"
  need_header librdkafka/rdkafka.h librdkafka-dev "the client that weir is compared with"
  local boost=libboost-dev
  if apt_knows libboost1.81-dev; then boost=libboost1.81-dev; fi
  need_header boost/unordered/unordered_flat_map.hpp "$boost" "the hash map that weir's operators are compared with"
}

# The nearest clang that the distribution has: 16 sets the format, later ones serve for the rest.
clang_version() {
  local version
  for version in 16 17 18 19; do
    if has "clang++-$version" || apt_knows "clang-$version"; then
      echo "$version"
      return
    fi
  done
  echo 16
}

apt_knows() { has apt-cache && [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }

need_clang_tool() {
  local version
  for version in 16 17 18 19; do
    if has "$1-$version"; then return; fi
  done
  need "$1-$(clang_version)" "$2"
}

need_clang() {
  local version
  version=$(clang_version)
  has "clang++-$version" || need "clang-$version" "the compiler of the sanitizers and of libFuzzer"
  compgen -G "/usr/lib/llvm-$version/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a" >/dev/null ||
    need "libclang-rt-$version-dev" "libFuzzer and the sanitizers"
}

need_kafka() {
  has javac || need default-jdk-headless "Apache Kafka runs on it"
  has mvn || need maven "fetches Apache Kafka"
  python3 -c 'import ensurepip' 2>/dev/null || need python3-venv "foreign clients to test with"
  has go || need golang-go "franz-go, a foreign client to test with"
  has node || need nodejs "kafkajs, a foreign client to test with"
  has npm || need npm "fetches kafkajs"
}

install_packages() {
  local sudo=() all=("${packages[@]}" "${extras[@]}")
  echo "make $1 needs system packages that are not here:"
  printf '%s\n' "${reasons[@]}"
  if ((${#extras[@]} > 0)); then echo "  ${extras[*]}: faster builds"; fi
  if ! has apt-get; then
    echo "They are named as on Debian. This system has no apt-get: please install them, then run make again." >&2
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    sudo=(sudo)
    confirm "Run 'sudo apt-get install ${all[*]}' now?"
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${all[@]}"
}

# confirm QUESTION: goes on if the answer is yes or nobody needs to be asked.
confirm() {
  if [ "${CI:-}" = true ] || [ "${ASSUME_YES:-}" = 1 ]; then return; fi
  if [ ! -t 0 ]; then
    echo "Nobody is here to be asked. Run it by hand, or set ASSUME_YES=1 to let this script do it." >&2
    exit 1
  fi
  local answer
  read -r -p "$1 [y/N] " answer
  case $answer in
    y | Y | yes) ;;
    *) echo "Nothing was installed." >&2; exit 1 ;;
  esac
}

# Stops before anything is installed or built if the compiler is too old.
check_compiler() {
  if ! has "$compiler"; then
    if [ -z "${CXX:-}" ]; then return; fi
    echo "CXX names $CXX, which is not here." >&2
    exit 1
  fi
  if ! printf '%s\n' '#include <concepts>' \
    '#if defined(__clang__) ? __clang_major__ < 16 : __GNUC__ < 12' '#error' '#endif' \
    'static_assert(__cplusplus >= 202002L && std::integral<int>);' |
    "$compiler" -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; then
    echo "$compiler is too old: weir needs g++ 12 or clang 16 and their C++20 library." \
      "Name another compiler with CXX=..., for example CXX=g++-12." >&2
    exit 1
  fi
}

check_cmake() {
  local version
  if ! has cmake; then return; fi
  version=$(cmake --version | sed -n '1s/[^0-9]*//p')
  if [ "$(printf '3.25\n%s\n' "$version" | sort -V | head -1)" != 3.25 ]; then
    echo "cmake $version is too old: weir needs 3.25 or newer." >&2
    exit 1
  fi
}

main "$@"
