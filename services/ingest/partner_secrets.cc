#include "services/ingest/partner_secrets.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/config.h"
#include "common/json_log.h"
#include "common/strings.h"

namespace playhead::ingest {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(10);
constexpr std::size_t kMaxSecrets = 16;
constexpr std::size_t kMaxSecretBytes = 256;
// Others may not read it, and nobody but its owner may write it.
constexpr unsigned kForbiddenMode = 0027;

constexpr char kForm[] = "write `<partner> <secret>`";

absl::Status ReadLine(const std::string& line, PartnerSecrets& secrets) {
  const std::vector<std::string> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.size() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(words.size(), " words; ", kForm));
  }
  std::int32_t partner = 0;
  const bool is_number = std::all_of(words[0].begin(), words[0].end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!is_number || !absl::SimpleAtoi(words[0], &partner) || partner <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the partner is not a number of 1 to 2147483647; ", kForm));
  }
  const bool is_printable = std::all_of(words[1].begin(), words[1].end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (!is_printable || words[1].size() > kMaxSecretBytes) {
    return absl::InvalidArgumentError("the secret is not 1 to 256 printable ASCII characters");
  }
  std::vector<std::string>& own = secrets[partner];
  if (own.size() == kMaxSecrets) {
    return absl::InvalidArgumentError(
        absl::StrCat("partner ", partner, " has more than 16 secrets; remove the oldest"));
  }
  own.push_back(words[1]);
  return absl::OkStatus();
}

std::int64_t Nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

absl::StatusOr<PartnerSecrets> ParsePartnerSecrets(std::string_view text) {
  PartnerSecrets secrets;
  int number = 0;
  const std::vector<std::string> lines = absl::StrSplit(ToAbsl(text), '\n');
  for (std::string line : lines) {
    ++number;
    absl::StripAsciiWhitespace(&line);
    if (line.empty() || line.front() == '#') continue;
    const absl::Status read = ReadLine(line, secrets);
    if (!read.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", read.message()));
    }
  }
  return secrets;
}

absl::StatusOr<std::unique_ptr<PartnerSecretsFile>> PartnerSecretsFile::Open(std::string path,
                                                                             Clock clock) {
  std::unique_ptr<PartnerSecretsFile> file(
      new PartnerSecretsFile(std::move(path), std::move(clock)));
  absl::MutexLock lock(&file->mutex_);
  file->next_look_ = file->clock_() + kLookInterval;
  file->stamp_ = file->ReadStamp();
  absl::StatusOr<PartnerSecrets> read = file->Read();
  if (!read.ok()) return read.status();
  file->current_ = std::make_shared<const PartnerSecrets>(*std::move(read));
  return file;
}

std::shared_ptr<const PartnerSecrets> PartnerSecretsFile::Current() {
  const absl::Time now = clock_();
  absl::MutexLock lock(&mutex_);
  if (now >= next_look_) {
    next_look_ = now + kLookInterval;
    Refresh();
  }
  return current_;
}

void PartnerSecretsFile::Refresh() {
  // Looked at before reading, so that a replacement in between is seen next time.
  const std::optional<Stamp> stamp = ReadStamp();
  if (stamp == stamp_) return;
  stamp_ = stamp;
  absl::StatusOr<PartnerSecrets> read = Read();
  if (!read.ok()) {
    Log(Severity::kError, "partner secrets stay as they were",
        {{"status", std::string(read.status().message())}});
    return;
  }
  current_ = std::make_shared<const PartnerSecrets>(*std::move(read));
  Log(Severity::kInfo, "partner secrets read again", {{"file", path_}});
}

std::optional<PartnerSecretsFile::Stamp> PartnerSecretsFile::ReadStamp() const {
  struct stat status = {};
  if (::stat(path_.c_str(), &status) != 0) return std::nullopt;
  return Stamp{.device = status.st_dev,
               .inode = status.st_ino,
               .size = status.st_size,
               .modified_ns = Nanoseconds(status.st_mtim),
               .changed_ns = Nanoseconds(status.st_ctim)};
}

absl::StatusOr<PartnerSecrets> PartnerSecretsFile::Read() const {
  struct stat status = {};
  if (::stat(path_.c_str(), &status) == 0 && (status.st_mode & kForbiddenMode) != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: its mode %04o lets others at the secrets; set it to 0600, 0640, 0400 or 0440", path_,
        static_cast<unsigned>(status.st_mode & 07777)));
  }
  const absl::StatusOr<std::string> text = ReadSmallFile(path_);
  if (!text.ok()) return text.status();
  absl::StatusOr<PartnerSecrets> secrets = ParsePartnerSecrets(*text);
  if (secrets.ok()) return secrets;
  return absl::InvalidArgumentError(absl::StrCat(path_, ": ", secrets.status().message()));
}

}  // namespace playhead::ingest
