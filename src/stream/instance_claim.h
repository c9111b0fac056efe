#pragma once

#include <filesystem>
#include <string>

#include "weir/result.h"

namespace weir::stream {

/// A name for this process among those of an application on this machine, "<host>-<n>" with the
/// lowest n that is free; who starts after its end, however it ended, gets the same one. A lock on
/// a file, held as long as this object lives.
class InstanceClaim {
 public:
  /// Claims a name for `app`, with files in `folder`.
  static Result<InstanceClaim> take(const std::string& app, const std::filesystem::path& folder);
  InstanceClaim() = default;
  InstanceClaim(InstanceClaim&& other) noexcept;
  InstanceClaim& operator=(InstanceClaim&& other) noexcept;
  ~InstanceClaim();

  /// Empty where nothing is claimed.
  const std::string& name() const { return name_; }

 private:
  InstanceClaim(std::string name, int file) : name_(std::move(name)), file_(file) {}

  std::string name_;
  int file_ = -1;
};

}  // namespace weir::stream
