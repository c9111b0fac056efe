#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "weir/dataset.h"
#include "weir/dstream.h"
#include "weir/text.h"
#include "weir/types.h"

namespace weir {

namespace detail {

/// A directory that is filled beside its place and then put there, all at once. What cannot be
/// written is a std::runtime_error with the path and the reason. Without finish() nothing is left.
class TextDirectory {
 public:
  explicit TextDirectory(std::string path);
  TextDirectory(const TextDirectory&) = delete;
  TextDirectory& operator=(const TextDirectory&) = delete;
  ~TextDirectory();

  void begin_part();
  /// Of the part that was begun last.
  void add_line(std::string_view line);
  /// Takes the place of what was there, if anything.
  void finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void begin_file(const std::string& name);
  void end_file();

  std::string path_;
  std::string unfinished_;
  std::string name_;  // of the file
  std::unique_ptr<std::FILE, Close> file_;
  int parts_ = 0;
};

/// "prefix-TIME" or "prefix-TIME.suffix", without what is empty; TIME in milliseconds, with three
/// digits behind a point where it is no whole number.
std::string batch_directory(std::string_view prefix, std::string_view suffix, BatchTime time);

}  // namespace detail

/// Writes each batch as text into a directory "prefix-TIME[.suffix]", TIME being the batch's in
/// milliseconds since 1970: an output. The directory has a file for each partition, `part-00000`
/// and so on, with a line for each record as print() shows it, and an empty file `_SUCCESS`. It
/// appears when it is complete; one that is there already is replaced. Batches without records have
/// a directory too. What cannot be written fails the batch, after four attempts.
template <class T>
void save_as_text_files(const DStream<T>& stream, std::string prefix, std::string suffix = {}) {
  stream.for_each_batch(
      [prefix = std::move(prefix), suffix = std::move(suffix)](const Dataset<T>& batch) {
        detail::TextDirectory directory(detail::batch_directory(prefix, suffix, batch.time()));
        for (const auto& partition : batch.partitions()) {
          directory.begin_part();
          for (const T& record : partition) directory.add_line(to_text(record));
        }
        directory.finish();
      });
}

}  // namespace weir
