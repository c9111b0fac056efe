# Finds what the library links, for its own build and (installed beside weirConfig.cmake) for those
# who link it. A missing library lands in weir_missing_dependencies with what to install.
#
# Targets: ZLIB::ZLIB, Threads::Threads, weir::lz4, weir::zstd, weir::snappy.
# Header-only and never seen by users: nlohmann-json and CLI11; weir's own build alone needs them.
set(weir_missing_dependencies "")

# weir_find_c_library(NAME HEADER PACKAGE): the imported target weir::NAME, found by its files,
# because the CMake files that these libraries bring differ from distribution to distribution.
function(weir_find_c_library name header package)
  if(TARGET weir::${name})
    return()
  endif()
  find_path(WEIR_${name}_INCLUDE_DIR ${header})
  find_library(WEIR_${name}_LIBRARY ${name})
  mark_as_advanced(WEIR_${name}_INCLUDE_DIR WEIR_${name}_LIBRARY)
  if(NOT WEIR_${name}_INCLUDE_DIR OR NOT WEIR_${name}_LIBRARY)
    set(weir_missing_dependencies ${weir_missing_dependencies} "${name} (Debian: ${package})"
      PARENT_SCOPE)
    return()
  endif()
  add_library(weir::${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(weir::${name} PROPERTIES
    IMPORTED_LOCATION ${WEIR_${name}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${WEIR_${name}_INCLUDE_DIR})
endfunction()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads QUIET)
find_package(ZLIB QUIET)
if(NOT ZLIB_FOUND)
  list(APPEND weir_missing_dependencies "zlib (Debian: zlib1g-dev)")
endif()
weir_find_c_library(lz4 lz4frame.h liblz4-dev)
weir_find_c_library(zstd zstd.h libzstd-dev)
weir_find_c_library(snappy snappy-c.h libsnappy-dev)

# Stops weir's own build with one sentence if anything is missing.
function(weir_require_dependencies)
  find_path(WEIR_NLOHMANN_JSON_INCLUDE_DIR nlohmann/json.hpp)
  find_path(WEIR_CLI11_INCLUDE_DIR CLI/CLI.hpp)
  mark_as_advanced(WEIR_NLOHMANN_JSON_INCLUDE_DIR WEIR_CLI11_INCLUDE_DIR)
  if(NOT WEIR_NLOHMANN_JSON_INCLUDE_DIR)
    list(APPEND weir_missing_dependencies "nlohmann-json (Debian: nlohmann-json3-dev)")
  endif()
  if(NOT WEIR_CLI11_INCLUDE_DIR)
    list(APPEND weir_missing_dependencies "CLI11 (Debian: libcli11-dev)")
  endif()
  if(weir_missing_dependencies)
    list(JOIN weir_missing_dependencies ", " missing)
    message(FATAL_ERROR "weir needs libraries that are not here: ${missing}. "
      "tools/bootstrap.sh build installs them.")
  endif()
endfunction()
