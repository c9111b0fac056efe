#pragma once

#include "broker/storage.h"

namespace weir::broker {

/// The files of this machine.
class FileStorage final : public Storage {
 public:
  Result<void> create_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  Result<std::unique_ptr<StorageFile>> open(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<std::unique_ptr<StorageFile>> lock(const std::string& path) override;
};

}  // namespace weir::broker
