#include "broker/data_directory.h"

#include <algorithm>

#include "base/log.h"
#include "broker/id_source.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

constexpr std::string_view kIdShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx-";

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ('a' <= c && c <= 'f'); }

// All else that lies in the directory is somebody else's, and is left alone.
bool is_partition_directory(std::string_view name) {
  if (name.size() <= kIdShape.size()) return false;
  const bool has_id =
      std::equal(kIdShape.begin(), kIdShape.end(), name.begin(),
                 [](char shape, char c) { return shape == 'x' ? is_hex(c) : c == '-'; });
  return has_id && std::all_of(name.begin() + kIdShape.size(), name.end(), is_digit);
}

}  // namespace

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(Storage& storage,
                                                           const std::string& path, bool sync) {
  WEIR_RETURN_IF_ERROR(storage.create_directory(path));
  WEIR_ASSIGN_OR_RETURN(auto lock, storage.lock(path + "/lock"));
  const std::string journal_path = path + "/metadata";
  WEIR_ASSIGN_OR_RETURN(Journal journal, Journal::open(storage, journal_path, sync));
  WEIR_ASSIGN_OR_RETURN(SavedState state, read_state(journal.entries(), journal_path));
  const bool is_new = journal.entries().empty();
  auto opened = std::unique_ptr<DataDirectory>(new DataDirectory(
      storage, path, sync, std::move(lock), std::move(journal), std::move(state)));
  if (!is_new) return opened;
  WEIR_ASSIGN_OR_RETURN(const auto partitions, opened->partition_directories());
  if (!partitions.empty()) {
    return Error(ErrorCode::kCorrupt,
                 concat("'", path, "' has the records of partitions, but '", journal_path,
                        "', which says of which topics, is empty or was not there: restore it from "
                        "a copy, or start with an empty directory"));
  }
  WEIR_RETURN_IF_ERROR(opened->save({saved_format()}));
  return opened;
}

DataDirectory::DataDirectory(Storage& storage, std::string path, bool sync,
                             std::unique_ptr<StorageFile> lock, Journal journal, SavedState state)
    : storage_(storage),
      path_(std::move(path)),
      sync_(sync),
      lock_(std::move(lock)),
      journal_(std::move(journal)),
      state_(std::move(state)) {}

Result<void> DataDirectory::save(const std::vector<Journal::Change>& changes) {
  auto applied = journal_.apply(changes);
  if (applied.ok()) return applied;
  return std::move(applied).error().with_kafka_code(wire::kafka_code::kKafkaStorageError);
}

std::unique_ptr<SegmentFiles> DataDirectory::files_of(const wire::Uuid& topic,
                                                      std::int32_t partition) {
  return std::make_unique<SegmentFiles>(storage_,
                                        concat(path_, "/", directory_of(topic, partition)), sync_);
}

Result<std::set<std::string>> DataDirectory::partition_directories() {
  WEIR_ASSIGN_OR_RETURN(auto names, storage_.list(path_));
  std::erase_if(names, [](const std::string& name) { return !is_partition_directory(name); });
  return std::set<std::string>(names.begin(), names.end());
}

std::string DataDirectory::directory_of(const wire::Uuid& topic, std::int32_t partition) {
  return concat(to_hex(topic), "-", partition);
}

Result<void> DataDirectory::remove(const std::string& partition_directory) {
  return storage_.remove_directory(concat(path_, "/", partition_directory));
}

}  // namespace weir::broker
