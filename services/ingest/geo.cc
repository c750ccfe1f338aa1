#include "services/ingest/geo.h"

#include <sys/stat.h>

#include <utility>

#include "common/json_log.h"
#include "common/status_macros.h"

namespace playhead::ingest {

absl::StatusOr<std::unique_ptr<Geo>> Geo::Open(const GeoOptions& options, IngestMetrics& metrics) {
  auto geo = std::unique_ptr<Geo>(new Geo(options, metrics));
  RETURN_IF_ERROR(geo->OpenAll());
  const bool is_idle = options.city_files.empty() && options.asn_files.empty();
  if (!is_idle && options.check_interval > absl::ZeroDuration()) {
    geo->thread_ =
        std::thread([geo = geo.get(), every = options.check_interval] { geo->Run(every); });
  }
  return geo;
}

Geo::Geo(const GeoOptions& options, IngestMetrics& metrics)
    : metrics_(metrics),
      city_count_(options.city_files.size()),
      files_(std::make_shared<const Files>()) {
  for (const auto* paths : {&options.city_files, &options.asn_files}) {
    for (const std::string& path : *paths) {
      watched_.push_back({.path = path, .taken = {}, .latest = {}});
    }
  }
}

Geo::~Geo() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

Geo::Stamp Geo::StampOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = info.st_size,
          .changed_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

absl::Status Geo::OpenAll() {
  absl::MutexLock check_lock(&check_mutex_);
  Files files;
  for (Watched& watched : watched_) {
    watched.taken = watched.latest = StampOf(watched.path);
    ASSIGN_OR_RETURN(auto file, GeoFile::Open(watched.path));
    files.push_back(std::move(file));
    metrics_.geo_loads.Increment();
  }
  Publish(std::move(files));
  return absl::OkStatus();
}

void Geo::CheckFiles() {
  absl::MutexLock check_lock(&check_mutex_);
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    Watched& watched = watched_[i];
    const Stamp now = StampOf(watched.path);
    const bool is_settled = now == watched.latest;
    watched.latest = now;
    if (is_settled && !(now == watched.taken)) Take(i);
  }
}

void Geo::Take(std::size_t index) {
  Watched& watched = watched_[index];
  watched.taken = watched.latest;
  auto file = GeoFile::Open(watched.path);
  if (!file.ok()) {
    metrics_.geo_refusals.Increment();
    Log(Severity::kWarning, "geo file refused; the one before is still used",
        {{"path", watched.path}, {"status", file.status().ToString()}});
    return;
  }
  Files files = *GetFiles();
  files[index] = *std::move(file);
  Publish(std::move(files));
  metrics_.geo_loads.Increment();
  Log(Severity::kInfo, "geo file replaced", {{"path", watched.path}});
}

void Geo::Publish(Files files) {
  auto published = std::make_shared<const Files>(std::move(files));
  absl::MutexLock lock(&mutex_);
  // The old one goes when the last lookup that holds it ends.
  files_.swap(published);
}

std::shared_ptr<const Geo::Files> Geo::GetFiles() const {
  absl::MutexLock lock(&mutex_);
  return files_;
}

void Geo::Run(absl::Duration interval) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), interval)) return;
    }
    CheckFiles();
  }
}

Place Geo::FindPlace(const IpAddress& address) const {
  const auto files = GetFiles();
  for (std::size_t i = 0; i < city_count_ && i < files->size(); ++i) {
    Place place = (*files)[i]->FindPlace(address);
    if (!place.country.empty()) return place;
  }
  return {};
}

std::string Geo::FindIsp(const IpAddress& address) const {
  const auto files = GetFiles();
  for (std::size_t i = city_count_; i < files->size(); ++i) {
    std::string isp = (*files)[i]->FindIsp(address);
    if (!isp.empty()) return isp;
  }
  return {};
}

}  // namespace playhead::ingest
