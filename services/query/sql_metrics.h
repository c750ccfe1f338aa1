#pragma once

#include <string>
#include <utility>

#include "common/catalog.h"

namespace playhead::query {

// Expressions of the metrics of a group of rows: the columns of SourcesSql. Peaks are not among
// them.
class MetricWriter {
 public:
  // `milliseconds`: expression of the length of the group's bucket, which `viewers` are a mean
  // over.
  MetricWriter(bool by_event_type, std::string milliseconds)
      : by_event_type_(by_event_type), milliseconds_(std::move(milliseconds)) {}

  std::string Write(const catalog::Metric& metric) const;

  // Whether anything that the metric is made of was counted: a ratio of 0 is a figure, 0/0 is none.
  std::string IsCounted(const catalog::Metric& metric) const;

 private:
  std::string Sum(catalog::Measure measure) const;
  // Of a ratio.
  std::string Numerator(const catalog::Metric& metric) const;
  std::string AllEvents() const;

  const bool by_event_type_;
  const std::string milliseconds_;
};

}  // namespace playhead::query
