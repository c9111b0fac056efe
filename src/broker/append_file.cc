#include "broker/append_file.h"

namespace weir::broker {

Result<void> AppendFile::append(std::string_view piece) {
  if (broken_) return *broken_;
  auto written = write(piece);
  if (written.ok()) {
    size_ += piece.size();
    return {};
  }
  if (!file_->truncate(size_).ok()) {
    broken_ = Error(written.error())
                  .with_context("nothing more is written until the broker starts again");
  }
  return written;
}

Result<void> AppendFile::write(std::string_view piece) {
  WEIR_RETURN_IF_ERROR(file_->append(piece));
  return sync_ ? file_->sync() : Result<void>();
}

}  // namespace weir::broker
