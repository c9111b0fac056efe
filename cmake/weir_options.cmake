# Build options and the flags that every target of weir is compiled with.
option(WEIR_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WEIR_BUILD_EXAMPLES "Build the example programs" ${PROJECT_IS_TOP_LEVEL})
option(WEIR_BUILD_BENCH "Build the benchmarks" OFF)
option(WEIR_FUZZ "Build the fuzzers (clang only) and nothing that they do not need" OFF)
option(WEIR_INSTALL "Install the library, its headers and its tools" ${PROJECT_IS_TOP_LEVEL})
option(WEIR_WERROR "Treat warnings as errors; the presets do where CI is set" OFF)
option(WEIR_REPOSITORY_CHECKS "Also test the repository itself: layers, headers, samples, packaging" ON)
set(WEIR_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ${PROJECT_IS_TOP_LEVEL})
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Without the working directory in the hash, build trees of one checkout share what they compiled.
find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 ${WEIR_CCACHE})
endif()

add_library(weir_flags INTERFACE)
target_compile_options(weir_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(weir_flags INTERFACE -Wthread-safety)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlaps in std::string that cannot be (its bug 105651).
  target_compile_options(weir_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # Later ones warn of values in std::optional that are there (its bug 80635).
  target_compile_options(weir_flags INTERFACE -Wno-maybe-uninitialized)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # What is a source's own is in a file that is included here.
  target_compile_options(weir_flags INTERFACE -Wno-subobject-linkage)
endif()
if(WEIR_WERROR)
  target_compile_options(weir_flags INTERFACE -Werror)
endif()
if(WEIR_SANITIZE)
  target_compile_options(weir_flags INTERFACE
    -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(WEIR_SANITIZE MATCHES undefined)
    # A third of the compile time, for what AddressSanitizer stops at as well.
    target_compile_options(weir_flags INTERFACE -fno-sanitize=null,object-size,vptr)
  endif()
  target_link_options(weir_flags INTERFACE -fsanitize=${WEIR_SANITIZE})
endif()
if(WEIR_FUZZ)
  target_compile_options(weir_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# mold links the test programs several times faster than the system's linker.
find_program(WEIR_MOLD mold)
if(PROJECT_IS_TOP_LEVEL AND WEIR_MOLD)
  target_link_options(weir_flags INTERFACE -fuse-ld=mold)
endif()
