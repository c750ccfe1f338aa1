#include "services/ingest/geo_file.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <initializer_list>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "common/utf8.h"

namespace playhead::ingest {
namespace {

constexpr off_t kMaxFileBytes = off_t{2} << 30;
constexpr std::size_t kMaxTextBytes = 256;
constexpr std::size_t kCopyBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxPathParts = 4;

// Where a text stands in a record, from the outside in.
struct FieldPath {
  const char* parts[kMaxPathParts + 1];  // ends with nullptr
};
using FieldPaths = std::initializer_list<FieldPath>;

const FieldPaths kCountry = {{{"country", "iso_code"}}, {{"country_code"}}, {{"country"}}};
const FieldPaths kRegion = {{{"subdivisions", "0", "names", "en"}}, {{"state1"}}, {{"region"}}};
const FieldPaths kCity = {{{"city", "names", "en"}}, {{"city"}}};
const FieldPaths kIsp = {
    {{"isp"}}, {{"autonomous_system_organization"}}, {{"as_name"}}, {{"as_organization"}}};

absl::Status Corrupt(const std::string& path, std::string_view fault) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": not a whole mmdb database: ", ToAbsl(fault)));
}

absl::Status Unreadable(const std::string& path) {
  return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
}

// A file without a name that holds what `path` holds now.
absl::StatusOr<int> CopyToMemory(const std::string& path) {
  const int from = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return Unreadable(path);
  const auto close_from = absl::MakeCleanup([from] { close(from); });
  struct stat info {};
  if (fstat(from, &info) != 0) return Unreadable(path);
  if (!S_ISREG(info.st_mode) || info.st_size > kMaxFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file of at most 2 GiB"));
  }
  const int to = memfd_create("playhead-geo", MFD_CLOEXEC);
  if (to < 0) return absl::ResourceExhaustedError(absl::StrCat("memory for ", path));
  auto close_to = absl::MakeCleanup([to] { close(to); });
  std::vector<char> buffer(kCopyBytes);
  off_t copied = 0;
  while (true) {
    const ssize_t bytes = read(from, buffer.data(), buffer.size());
    if (bytes < 0) return Unreadable(path);
    if (bytes == 0) break;
    if (write(to, buffer.data(), static_cast<std::size_t>(bytes)) != bytes) {
      return absl::ResourceExhaustedError(absl::StrCat("memory for ", path));
    }
    copied += bytes;
    if (copied > kMaxFileBytes) return Corrupt(path, "it grows");
  }
  std::move(close_to).Cancel();
  return to;
}

// MMDB_SUCCESS also for an absent field, which leaves `text` empty.
int ReadText(const MMDB_entry_s& entry, FieldPaths paths, std::string& text) {
  for (const FieldPath& path : paths) {
    MMDB_entry_data_s data;
    MMDB_entry_s start = entry;
    const int status = MMDB_aget_value(&start, &data, path.parts);
    if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR) continue;
    if (status != MMDB_SUCCESS) return status;
    if (!data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) continue;
    const std::string_view found(data.utf8_string, data.data_size);
    if (found.empty()) continue;
    if (!IsValidUtf8(found) || found.find('\0') != std::string_view::npos) {
      return MMDB_INVALID_DATA_ERROR;
    }
    text = CutUtf8(found, kMaxTextBytes);
    return MMDB_SUCCESS;
  }
  return MMDB_SUCCESS;
}

// Empty for what is no code; ZZ is what databases write for unknown.
std::string CountryCode(std::string text) {
  absl::AsciiStrToUpper(&text);
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool is_code = text.size() == 2 && is_letter(text[0]) && is_letter(text[1]);
  return is_code && text != "ZZ" ? text : "";
}

int ReadPlace(const MMDB_entry_s& entry, Place& place) {
  std::string country;
  int status = ReadText(entry, kCountry, country);
  if (status == MMDB_SUCCESS) status = ReadText(entry, kRegion, place.region);
  if (status == MMDB_SUCCESS) status = ReadText(entry, kCity, place.city);
  place.country = CountryCode(std::move(country));
  return status;
}

class MmdbFile final : public GeoFile {
 public:
  MmdbFile() = default;
  ~MmdbFile() override {
    if (is_open_) MMDB_close(&database_);
  }
  MmdbFile(const MmdbFile&) = delete;
  MmdbFile& operator=(const MmdbFile&) = delete;

  absl::Status Load(const std::string& path) {
    ASSIGN_OR_RETURN(const int copy, CopyToMemory(path));
    const auto close_copy = absl::MakeCleanup([copy] { close(copy); });
    const std::string name = absl::StrCat("/proc/self/fd/", copy);
    const int status = MMDB_open(name.c_str(), MMDB_MODE_MMAP, &database_);
    if (status != MMDB_SUCCESS) return Corrupt(path, MMDB_strerror(status));
    is_open_ = true;
    return Check(path);
  }

  Place FindPlace(const IpAddress& address) const override {
    Place place;
    const auto entry = Find(address);
    if (!entry.has_value() || ReadPlace(*entry, place) != MMDB_SUCCESS || place.country.empty()) {
      return {};
    }
    return place;
  }

  std::string FindIsp(const IpAddress& address) const override {
    std::string isp;
    const auto entry = Find(address);
    if (!entry.has_value() || ReadText(*entry, kIsp, isp) != MMDB_SUCCESS) return {};
    return isp;
  }

 private:
  std::optional<MMDB_entry_s> Find(const IpAddress& address) const {
    sockaddr_storage storage{};
    if (address.IsIpv4()) {
      auto& socket = reinterpret_cast<sockaddr_in&>(storage);
      socket.sin_family = AF_INET;
      std::memcpy(&socket.sin_addr, address.bytes.data() + 12, 4);
    } else {
      if (database_.metadata.ip_version != 6) return std::nullopt;
      auto& socket = reinterpret_cast<sockaddr_in6&>(storage);
      socket.sin6_family = AF_INET6;
      std::memcpy(&socket.sin6_addr, address.bytes.data(), address.bytes.size());
    }
    int status = MMDB_SUCCESS;
    MMDB_lookup_result_s result =
        MMDB_lookup_sockaddr(&database_, reinterpret_cast<const sockaddr*>(&storage), &status);
    if (status != MMDB_SUCCESS || !result.found_entry) return std::nullopt;
    return result.entry;
  }

  // Every node of the tree, and every record once.
  absl::Status Check(const std::string& path) const {
    std::vector<bool> seen(database_.data_section_size);
    for (std::uint32_t number = 0; number < database_.metadata.node_count; ++number) {
      MMDB_search_node_s node;
      const int status = MMDB_read_node(&database_, number, &node);
      if (status != MMDB_SUCCESS) return Corrupt(path, MMDB_strerror(status));
      RETURN_IF_ERROR(CheckRecord(path, node.left_record_type, node.left_record_entry, seen));
      RETURN_IF_ERROR(CheckRecord(path, node.right_record_type, node.right_record_entry, seen));
    }
    return absl::OkStatus();
  }

  static absl::Status CheckRecord(const std::string& path, std::uint8_t type,
                                  const MMDB_entry_s& entry, std::vector<bool>& seen) {
    if (type == MMDB_RECORD_TYPE_INVALID) return Corrupt(path, "a node leads nowhere");
    if (type != MMDB_RECORD_TYPE_DATA) return absl::OkStatus();
    if (entry.offset >= seen.size()) return Corrupt(path, "a record is outside of the file");
    if (seen[entry.offset]) return absl::OkStatus();
    seen[entry.offset] = true;
    Place place;
    std::string isp;
    int status = ReadPlace(entry, place);
    if (status == MMDB_SUCCESS) status = ReadText(entry, kIsp, isp);
    return status == MMDB_SUCCESS ? absl::OkStatus() : Corrupt(path, MMDB_strerror(status));
  }

  MMDB_s database_{};
  bool is_open_ = false;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const GeoFile>> GeoFile::Open(const std::string& path) {
  auto file = std::make_shared<MmdbFile>();
  RETURN_IF_ERROR(file->Load(path));
  return file;
}

}  // namespace playhead::ingest
