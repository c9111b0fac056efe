#include "weir/text_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace weir::detail {

namespace {

[[noreturn]] void cannot(std::string_view what, const std::string& path, int error) {
  throw std::runtime_error(
      concat("cannot ", what, " ", path, ": ", std::generic_category().message(error)));
}

/// `number` with zeros before it.
std::string digits(std::int64_t number, std::size_t count) {
  const std::string text = std::to_string(number);
  return std::string(count - std::min(count, text.size()), '0') + text;
}

}  // namespace

TextDirectory::TextDirectory(std::string path)
    : path_(std::move(path)), unfinished_(concat(path_, ".unfinished")) {
  std::error_code error;
  std::filesystem::remove_all(unfinished_, error);  // of a process that died
  std::filesystem::create_directories(unfinished_, error);
  if (error) cannot("make directory", unfinished_, error.value());
}

TextDirectory::~TextDirectory() {
  std::error_code error;
  if (!unfinished_.empty()) std::filesystem::remove_all(unfinished_, error);
}

void TextDirectory::begin_part() { begin_file(concat("part-", digits(parts_++, 5))); }

void TextDirectory::begin_file(const std::string& name) {
  end_file();
  name_ = concat(unfinished_, "/", name);
  file_.reset(std::fopen(name_.c_str(), "wb"));
  if (!file_) cannot("write", name_, errno);
}

void TextDirectory::add_line(std::string_view line) {
  const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                       std::fputc('\n', file_.get()) != EOF;
  if (!written) cannot("write", name_, errno);
}

void TextDirectory::end_file() {
  if (!file_) return;
  if (std::fclose(file_.release()) != 0) cannot("write", name_, errno);
}

void TextDirectory::finish() {
  begin_file("_SUCCESS");
  end_file();
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (!error) std::filesystem::rename(unfinished_, path_, error);
  if (error) cannot("put its files in the place of", path_, error.value());
  unfinished_.clear();
}

std::string batch_directory(std::string_view prefix, std::string_view suffix, BatchTime time) {
  std::string name = concat(prefix, prefix.empty() ? "" : "-", time.micros / 1000);
  if (time.micros % 1000 != 0) name += concat(".", digits(time.micros % 1000, 3));
  if (!suffix.empty()) name += concat(".", suffix);
  return name;
}

}  // namespace weir::detail
