#include "tools/time_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "tools/display.h"

namespace playhead::tools {
namespace {

constexpr int kHeight = 10;
constexpr const char* kEighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr int kTickColumns = 10;  // that a label takes at least
constexpr int kMinutesOfSteps[] = {1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720};

std::string Padding(int columns) {
  return std::string(static_cast<std::size_t>(std::max(columns, 0)), ' ');
}

double ColumnOf(const TimeSeries& series, absl::Time time, int columns) {
  return absl::FDivDuration(time - series.start, series.end - series.start) * columns;
}

struct Tick {
  int column = 0;
  std::string label;
};

std::string DayLabel(const TimeSeries& series, absl::Time time) {
  const bool is_long = series.end - series.start > absl::Hours(300 * 24);
  return absl::FormatTime(is_long ? "%Y-%m" : "%b %d", time, series.zone);
}

// Whole days of the zone, as many as fit.
std::vector<Tick> DayTicks(const TimeSeries& series, int columns) {
  const double days = absl::ToDoubleHours(series.end - series.start) / 24;
  const auto step =
      std::max<std::int64_t>(std::llround(std::ceil(days * kTickColumns / columns)), 1);
  std::vector<Tick> ticks;
  absl::CivilDay day(absl::ToCivilSecond(series.start, series.zone));
  for (;; day += step) {
    const absl::Time time = absl::FromCivil(day, series.zone);
    if (time >= series.end) return ticks;
    if (time < series.start) continue;
    const double column = ColumnOf(series, time, columns);
    ticks.push_back({static_cast<int>(column), DayLabel(series, time)});
  }
}

std::vector<Tick> MakeTicks(const TimeSeries& series, int columns) {
  const absl::Duration range = series.end - series.start;
  const auto step = std::ranges::find_if(kMinutesOfSteps, [&](int minutes) {
    return absl::FDivDuration(absl::Minutes(minutes), range) * columns >= kTickColumns;
  });
  if (step == std::end(kMinutesOfSteps)) return DayTicks(series, columns);
  const absl::CivilDay day(absl::ToCivilSecond(series.start, series.zone));
  std::vector<Tick> ticks;
  for (absl::Time time = absl::FromCivil(day, series.zone); time < series.end;
       time += absl::Minutes(*step)) {
    if (time < series.start) continue;
    std::string label = absl::FormatTime("%H:%M", time, series.zone);
    if (label == "00:00") label = DayLabel(series, time);
    ticks.push_back({static_cast<int>(ColumnOf(series, time, columns)), std::move(label)});
  }
  return ticks;
}

std::string AxisLine(const std::vector<Tick>& ticks, int columns) {
  std::vector<const char*> parts(static_cast<std::size_t>(columns), "─");
  for (const Tick& tick : ticks) parts[static_cast<std::size_t>(tick.column)] = "┬";
  std::string line;
  for (const char* part : parts) line += part;
  return line;
}

// Each label under its tick; one that would not fit is left out.
std::string LabelLine(const std::vector<Tick>& ticks, int columns) {
  std::string line;
  for (const Tick& tick : ticks) {
    const auto length = static_cast<int>(tick.label.size());
    const int at = std::clamp(tick.column - length / 2, 0, std::max(columns - length, 0));
    const auto used = static_cast<int>(line.size());
    if (used > 0 && at <= used) continue;
    line += Padding(at - used) + tick.label;
  }
  return line;
}

std::string PlotLine(const std::vector<double>& values, double most, int line) {
  std::string text;
  for (const double value : values) {
    auto eighths = static_cast<int>(std::lround(value / most * kHeight * 8));
    if (value > 0) eighths = std::max(eighths, 1);
    text += kEighths[std::clamp(eighths - 8 * line, 0, 8)];
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string Span(const TimeSeries& series) {
  constexpr char kFormat[] = "%Y-%m-%d %H:%M";
  return absl::StrCat(absl::FormatTime(kFormat, series.start, series.zone), " to ",
                      absl::FormatTime(kFormat, series.end, series.zone), " ", series.zone.name());
}

}  // namespace

std::vector<double> Resample(const TimeSeries& series, int columns) {
  std::vector<double> values(static_cast<std::size_t>(columns));
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    absl::Time until = series.points[i].time + series.bucket;
    if (i + 1 < series.points.size()) until = std::min(until, series.points[i + 1].time);
    // A bucket that ends where a column begins does not reach into it.
    const double from = ColumnOf(series, series.points[i].time, columns) + 1e-9;
    const double to = ColumnOf(series, until, columns) - 1e-9;
    const int first = std::clamp(static_cast<int>(std::floor(from)), 0, columns - 1);
    const int last = std::clamp(static_cast<int>(std::floor(to)), first, columns - 1);
    for (int column = first; column <= last; ++column) {
      double& value = values[static_cast<std::size_t>(column)];
      value = std::max(value, series.points[i].value);
    }
  }
  return values;
}

std::string FormatTimeChart(const TimeSeries& series, int width) {
  const auto most = std::ranges::max_element(series.points, {}, &TimePoint::value);
  if (most == series.points.end() || most->value <= 0) {
    return absl::StrCat(series.title, ": nothing in ", Span(series), "\n");
  }
  const std::string maximum = ShownNumber(most->value);
  const int margin = DisplayWidth(maximum);
  const int columns = width - margin - 2;
  const std::vector<double> values = Resample(series, columns);
  const std::vector<Tick> ticks = MakeTicks(series, columns);
  std::string text = absl::StrCat(series.title, ", at most ", maximum, " (",
                                  absl::FormatTime("%b %d %H:%M", most->time, series.zone), ")\n");
  for (int line = kHeight - 1; line >= 0; --line) {
    const bool is_top = line == kHeight - 1;
    absl::StrAppend(&text, is_top ? maximum : Padding(margin), is_top ? " ┤" : " │",
                    PlotLine(values, most->value, line), "\n");
  }
  absl::StrAppend(&text, Padding(margin - 1), "0 └", AxisLine(ticks, columns), "\n");
  absl::StrAppend(&text, Padding(margin + 2), LabelLine(ticks, columns), "\n");
  return absl::StrCat(text, Span(series), "\n");
}

}  // namespace playhead::tools
