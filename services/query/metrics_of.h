#pragma once

#include <set>
#include <vector>

#include "common/catalog.h"

namespace playhead::query {

// Stored columns of rollups that a set of metrics is made of.
struct MetricInputs {
  std::set<catalog::Measure> measures;
  std::set<catalog::Sketch> sketches;
  // Rows of the `_events` companions.
  bool events = false;
};
MetricInputs InputsOf(const std::vector<const catalog::Metric*>& metrics);

// Whether the metric is made of counts of events alone, so that it can be split by event type and
// error code.
bool CountsEvents(const catalog::Metric& metric);

// Whether the metric is made of views, by ten seconds where that is asked.
bool IsOfAudiences(const catalog::Metric& metric);

// Whether the rollup has what the metric is made of.
bool Has(const catalog::Rollup& rollup, const catalog::Metric& metric);

// Whether rows of it may be added up.
bool IsAdditive(const catalog::Metric& metric);
// Whether it is a quotient of sums, which has no value where the denominator is zero.
bool IsRatio(const catalog::Metric& metric);
// Whether its values are whole numbers.
bool IsWhole(const catalog::Metric& metric);

// Three standard errors of a distinct count, as a share of its value.
double SketchErrorBound();

}  // namespace playhead::query
