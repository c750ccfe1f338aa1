#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/plan.h"
#include "services/query/rollup_reader.h"
#include "services/query/tail.h"

namespace playhead::query {

struct ReportRunnerOptions {
  bool allow_all_partners = false;
  Retention retention;
  // Seals page tokens; not empty.
  std::string token_key;
  // How long the aggregator has for its tail.
  absl::Duration tail_timeout = absl::Seconds(1);
};

// From a request to its report. Safe to call from many threads; reader and tail must outlive it.
class ReportRunner {
 public:
  ReportRunner(RollupReader& reader, TailReader& tail, ReportRunnerOptions options, Clock clock);

  // As Reporting.RunReport. `deadline` is of the real clock, whatever `clock` says.
  absl::StatusOr<v1::RunReportResponse> Run(const v1::RunReportRequest& request,
                                            absl::Time deadline);

  // As Reporting.CheckReport; errors that are not the request's fault are errors here, too.
  absl::StatusOr<v1::CheckReportResponse> Check(const v1::RunReportRequest& request,
                                                absl::Time deadline);

 private:
  struct Prepared;
  struct Source;
  absl::StatusOr<Prepared> Prepare(const v1::RunReportRequest& request, absl::Time deadline) const;
  // The tail, if there is one, and the snapshot that it joins; `last_try`: writers that do not join
  // are left out.
  absl::StatusOr<Source> ReadSource(const Prepared& prepared, bool last_try, absl::Time deadline);
  absl::StatusOr<v1::RunReportResponse> Compute(const v1::RunReportRequest& request,
                                                const Prepared& prepared, Source& source) const;
  void NoteThrough(absl::Time before, Source& source);

  RollupReader& reader_;
  TailReader& tail_;
  const ReportRunnerOptions options_;
  const Clock clock_;
  // The latest data_through of any answer, Unix ms.
  std::atomic<std::int64_t> latest_through_ms_;
};

}  // namespace playhead::query
