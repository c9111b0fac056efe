#include "footprint.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir {

namespace {

std::int64_t entries(const char* directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

// A sanitizer keeps freed memory back to watch it, so what the process has says nothing there.
#ifndef __has_feature  // g++ has macros of its own, clang has this.
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kMemoryCounts = false;
#else
constexpr bool kMemoryCounts = true;
#endif

// Both ends of a connection are in this process.
constexpr std::int64_t kDescriptorsOfAConnection = 2;

std::string growth_of(const char* what, std::int64_t first, std::int64_t last,
                      std::int64_t least = 0) {
  if (last <= first + std::max(first / 20, least)) return "";
  char text[120];
  std::snprintf(text, sizeof text, "%s grew from %lld to %lld\n", what,
                static_cast<long long>(first), static_cast<long long>(last));
  return text;
}

}  // namespace

Footprint Footprint::now() {
  malloc_trim(0);
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  // The directory is open itself while it is counted.
  return {pages * sysconf(_SC_PAGESIZE), entries("/proc/self/fd") - 1, entries("/proc/self/task")};
}

void Footprint::raise_to(const Footprint& other) {
  memory_bytes = std::max(memory_bytes, other.memory_bytes);
  descriptors = std::max(descriptors, other.descriptors);
  threads = std::max(threads, other.threads);
}

std::string Footprint::text() const {
  char text[120];
  std::snprintf(text, sizeof text, "%8.2f MB, %lld descriptors, %lld threads",
                static_cast<double>(memory_bytes) / 1e6, static_cast<long long>(descriptors),
                static_cast<long long>(threads));
  return text;
}

std::string growth(const Footprint& first, const Footprint& last) {
  return (kMemoryCounts ? growth_of("memory", first.memory_bytes, last.memory_bytes) : "") +
         growth_of("descriptors", first.descriptors, last.descriptors, kDescriptorsOfAConnection) +
         growth_of("threads", first.threads, last.threads);
}

}  // namespace weir
