#include "tests/support/fault_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace playhead {
namespace {

constexpr std::size_t kSectorBytes = 512;

}  // namespace

class FaultFiles::Handle final : public File {
 public:
  Handle(FaultFiles& files, NodePtr node, std::int64_t generation)
      : files_(files), node_(std::move(node)), generation_(generation) {}

  absl::StatusOr<std::size_t> Read(std::uint64_t position, std::span<char> into) const override {
    const absl::MutexLock lock(&files_.mutex_);
    if (absl::Status status = Enter("read"); !status.ok()) return status;
    if (position >= node_->bytes.size()) return 0;
    const std::size_t count = std::min(into.size(), node_->bytes.size() - position);
    std::memcpy(into.data(), node_->bytes.data() + position, count);
    return count;
  }

  absl::Status Write(std::uint64_t position, std::string_view bytes) override {
    const absl::MutexLock lock(&files_.mutex_);
    const std::uint64_t used = files_.UsedBytes();
    const std::uint64_t after = position + bytes.size();
    const std::uint64_t growth = after - std::min<std::uint64_t>(after, node_->bytes.size());
    absl::Status status = Enter("write");
    if (status.ok() && used + growth > files_.capacity_) {
      status = absl::ErrnoToStatus(ENOSPC, "write");
    }
    if (!status.ok()) {
      // A part of it may be written. Not when the power is off.
      if (IsAlive()) {
        const std::size_t part = files_.Below(bytes.size() + 1);
        if (used + part <= files_.capacity_) Store(position, bytes.substr(0, part));
      }
      return status;
    }
    Store(position, bytes);
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    if (files_.on_sync_) files_.on_sync_();
    const absl::MutexLock lock(&files_.mutex_);
    ++files_.syncs_;
    if (absl::Status status = Enter("fdatasync"); !status.ok()) {
      // The kernel takes the pages for clean; perhaps they are on the disk.
      if (IsAlive() && files_.Below(2) == 0) MakeDurable();
      if (IsAlive()) node_->dirty.clear();
      return status;
    }
    if (!files_.ignores_sync_) MakeDurable();
    return absl::OkStatus();
  }

  absl::Status Truncate(std::uint64_t size) override {
    const absl::MutexLock lock(&files_.mutex_);
    if (absl::Status status = Enter("truncate"); !status.ok()) return status;
    node_->bytes.resize(size);
    node_->least_size = std::min<std::size_t>(node_->least_size, size);
    for (auto& [begin, end] : node_->dirty) end = std::min<std::size_t>(end, size);
    std::erase_if(node_->dirty, [](const auto& range) { return range.first >= range.second; });
    return absl::OkStatus();
  }

  absl::StatusOr<std::uint64_t> Size() const override {
    const absl::MutexLock lock(&files_.mutex_);
    if (absl::Status status = Enter("stat"); !status.ok()) return status;
    return node_->bytes.size();
  }

 private:
  bool IsAlive() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return !files_.is_off_ && generation_ == files_.generation_;
  }
  absl::Status Enter(const std::string& what) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (!IsAlive()) return absl::ErrnoToStatus(EIO, what + ": the power is off");
    return files_.Enter(what);
  }
  void MakeDurable() {
    node_->durable.resize(node_->bytes.size());
    for (const auto& [begin, end] : node_->dirty) {
      node_->durable.replace(begin, end - begin, node_->bytes, begin, end - begin);
    }
    node_->dirty.clear();
    node_->least_size = std::string::npos;
  }
  void Store(std::uint64_t position, std::string_view bytes) {
    if (bytes.empty()) return;
    node_->bytes.resize(std::max<std::size_t>(node_->bytes.size(), position + bytes.size()));
    node_->bytes.replace(position, bytes.size(), bytes);
    node_->dirty.emplace_back(position, position + bytes.size());
  }

  FaultFiles& files_;
  const NodePtr node_;
  const std::int64_t generation_;
};

class FaultFiles::Held final : public FileLock {
 public:
  Held(FaultFiles& files, std::string path, std::int64_t generation)
      : files_(files), path_(std::move(path)), generation_(generation) {}
  ~Held() override {
    const absl::MutexLock lock(&files_.mutex_);
    if (generation_ == files_.generation_) files_.locks_.erase(path_);
  }

 private:
  FaultFiles& files_;
  const std::string path_;
  const std::int64_t generation_;
};

absl::Status FaultFiles::Enter(const std::string& what) const {
  if (is_off_) return absl::ErrnoToStatus(EIO, what + ": the power is off");
  if (until_failure_ > 0) --until_failure_;
  if (failure_ == 0 || until_failure_ > 0) return absl::OkStatus();
  if (has_failed_ && !fails_for_good_) return absl::OkStatus();
  has_failed_ = true;
  return absl::ErrnoToStatus(failure_, what);
}

std::size_t FaultFiles::Below(std::size_t bound) { return random_() % bound; }

std::uint64_t FaultFiles::UsedBytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, node] : names_) bytes += node->bytes.size();
  return bytes;
}

void FaultFiles::Kill() {
  const absl::MutexLock lock(&mutex_);
  is_off_ = true;
  ++generation_;
  locks_.clear();
}

void FaultFiles::PowerCut() {
  Kill();
  const absl::MutexLock lock(&mutex_);
  // Names change in order.
  const std::size_t survivors = Below(pending_.size() + 1);
  for (std::size_t i = 0; i < survivors; ++i) {
    const auto& [path, node] = pending_[i];
    if (node == nullptr) {
      durable_names_.erase(path);
    } else {
      durable_names_[path] = node;
    }
  }
  pending_.clear();
  names_ = durable_names_;
  for (const auto& [path, node] : names_) Tear(*node);
}

void FaultFiles::Tear(Node& node) {
  if (node.least_size < node.durable.size() && Below(2) == 0) node.durable.resize(node.least_size);
  const std::size_t mode = Below(4);  // nothing, everything, sectors at random, a prefix
  for (const auto& [begin, end] : node.dirty) {
    const std::size_t prefix = begin + Below(end - begin + 1);
    for (std::size_t at = begin; at < end;) {
      const std::size_t sector_end = std::min((at / kSectorBytes + 1) * kSectorBytes, end);
      const bool survives = mode == 1 || (mode == 2 && Below(2) == 0) || (mode == 3 && at < prefix);
      const std::size_t until = mode == 3 ? std::min(sector_end, prefix) : sector_end;
      if (survives && until > at) {
        node.durable.resize(std::max(node.durable.size(), until));
        node.durable.replace(at, until - at, node.bytes, at, until - at);
      }
      at = sector_end;
    }
  }
  node.bytes = node.durable;
  node.dirty.clear();
  node.least_size = std::string::npos;
}

void FaultFiles::PowerOn() {
  const absl::MutexLock lock(&mutex_);
  is_off_ = false;
}

void FaultFiles::FailAt(std::int64_t nth, int error, bool for_good) {
  const absl::MutexLock lock(&mutex_);
  until_failure_ = nth;
  failure_ = error;
  fails_for_good_ = for_good;
  has_failed_ = false;
}

bool FaultFiles::HasFailed() const {
  const absl::MutexLock lock(&mutex_);
  return has_failed_;
}

void FaultFiles::SetCapacity(std::uint64_t bytes) {
  const absl::MutexLock lock(&mutex_);
  capacity_ = bytes;
}

FaultFiles::Contents FaultFiles::Snapshot() const {
  const absl::MutexLock lock(&mutex_);
  Contents contents;
  for (const auto& [path, node] : names_) contents[path] = node->bytes;
  return contents;
}

void FaultFiles::Restore(const Contents& contents) {
  const absl::MutexLock lock(&mutex_);
  names_.clear();
  for (const auto& [path, bytes] : contents) {
    names_[path] = std::make_shared<Node>(Node{.bytes = bytes, .durable = bytes, .dirty = {}});
  }
  durable_names_ = names_;
  pending_.clear();
}

std::int64_t FaultFiles::SyncCount() const {
  const absl::MutexLock lock(&mutex_);
  return syncs_;
}

void FaultFiles::Name(const std::string& path, NodePtr node) {
  if (node == nullptr) {
    names_.erase(path);
  } else {
    names_[path] = node;
  }
  pending_.emplace_back(path, std::move(node));
}

absl::StatusOr<std::unique_ptr<File>> FaultFiles::Create(const std::string& path) {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("create"); !status.ok()) return status;
  if (names_.contains(path)) return absl::ErrnoToStatus(EEXIST, path);
  auto node = std::make_shared<Node>();
  Name(path, node);
  return std::make_unique<Handle>(*this, std::move(node), generation_);
}

absl::StatusOr<std::unique_ptr<File>> FaultFiles::Open(const std::string& path) {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("open"); !status.ok()) return status;
  const auto it = names_.find(path);
  if (it == names_.end()) return absl::ErrnoToStatus(ENOENT, path);
  return std::make_unique<Handle>(*this, it->second, generation_);
}

absl::Status FaultFiles::Rename(const std::string& from, const std::string& to) {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("rename"); !status.ok()) return status;
  const auto it = names_.find(from);
  if (it == names_.end()) return absl::ErrnoToStatus(ENOENT, from);
  Name(to, it->second);
  Name(from, nullptr);
  return absl::OkStatus();
}

absl::Status FaultFiles::Unlink(const std::string& path) {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("unlink"); !status.ok()) return status;
  if (!names_.contains(path)) return absl::ErrnoToStatus(ENOENT, path);
  Name(path, nullptr);
  return absl::OkStatus();
}

absl::Status FaultFiles::MakeDirectory(const std::string& /*path*/) {
  const absl::MutexLock lock(&mutex_);
  return Enter("mkdir");
}

absl::Status FaultFiles::SyncDirectory(const std::string& /*path*/) {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("fsync"); !status.ok()) return status;
  durable_names_ = names_;
  pending_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FaultFiles::List(const std::string& directory) const {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("readdir"); !status.ok()) return status;
  std::vector<std::string> names;
  for (const auto& [path, node] : names_) {
    if (path.starts_with(directory + "/")) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

absl::StatusOr<std::uint64_t> FaultFiles::FreeBytes(const std::string& /*directory*/) const {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("statvfs"); !status.ok()) return status;
  return capacity_ - std::min(capacity_, UsedBytes());
}

absl::StatusOr<std::unique_ptr<FileLock>> FaultFiles::Lock(const std::string& path) {
  const absl::MutexLock lock(&mutex_);
  if (absl::Status status = Enter("lock"); !status.ok()) return status;
  if (!locks_.insert(path).second) {
    return absl::FailedPreconditionError(path + " is held by another process");
  }
  return std::make_unique<Held>(*this, path, generation_);
}

}  // namespace playhead
