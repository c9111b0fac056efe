#include "stream/instance_claim.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace weir::stream {

namespace {

constexpr int kMostOnOneMachine = 1000;

/// What may be in a name; anything else becomes a '-'.
std::string plain(std::string text) {
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') c = '-';
  }
  return text;
}

std::string host_name() {
  std::array<char, 64> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return plain(name.data());
}

}  // namespace

Result<InstanceClaim> InstanceClaim::take(const std::string& app,
                                          const std::filesystem::path& folder) {
  const std::string user = std::to_string(getuid());
  for (int n = 0; n < kMostOnOneMachine; ++n) {
    const std::filesystem::path path =
        folder / concat("weir-", user, "-", plain(app), "-", n, ".lock");
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
      return Error(ErrorCode::kUnavailable, concat("no name for this process: ", path.string(),
                                                   ": ", std::strerror(errno), "; set .instance"));
    }
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
      return InstanceClaim(concat(host_name(), "-", n), file);
    }
    ::close(file);
  }
  return Error(ErrorCode::kResourceExhausted,
               concat("no name for this process: ", kMostOnOneMachine, " others of '", app,
                      "' run on this machine; set .instance"));
}

InstanceClaim::InstanceClaim(InstanceClaim&& other) noexcept
    : name_(std::move(other.name_)), file_(std::exchange(other.file_, -1)) {}

InstanceClaim& InstanceClaim::operator=(InstanceClaim&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(file_, other.file_);
  return *this;
}

InstanceClaim::~InstanceClaim() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace weir::stream
