#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace playhead::tools {

struct TimePoint {
  absl::Time time;  // of the bucket's start
  double value = 0;
};

// Values of buckets of a range; those that are missing are 0.
struct TimeSeries {
  std::string title;
  absl::Time start;
  absl::Time end;
  absl::TimeZone zone;
  // Of a bucket that no other one follows, at most.
  absl::Duration bucket;
  // In order of time, within [start, end).
  std::vector<TimePoint> points;
};

// The greatest value of each of `columns` equal parts of the range.
std::vector<double> Resample(const TimeSeries& series, int columns);

// The title with the maximum and when it was, ten lines of blocks, an axis with times of the zone.
// At most `width` columns, of at least 40.
std::string FormatTimeChart(const TimeSeries& series, int width);

}  // namespace playhead::tools
