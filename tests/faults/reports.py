"""Asks the query service for totals of a partner: plays and views, and the sum of ids by way of the mean join time of
plays and the buffer time of views."""

import collections
import datetime
import time

import contract

METRICS = ("plays", "views", "join_time", "buffer_time")
DAY = 86_400

# Of one answer: `cells` are {dimension values: (count, sum of ids)}, times as Unix seconds.
# `tail_omitted` is the message of that warning, else empty.
Answer = collections.namedtuple("Answer", "cells total data_through tail_omitted")
_TAIL_OMITTED = contract.enum_value("playhead.v1.Warning.Code", "TAIL_OMITTED")


class Reports:
    """Used by one thread. The range is whole days around now, so that stored days, quarters and minutes take part."""

    def __init__(self, suite):
        self._channel = contract.channel(suite.port_of("query"))
        self._run = contract.call(self._channel, "playhead.v1.Reporting/RunReport")
        self._status = contract.call(self._channel, "playhead.v1.Metadata/GetDataStatus")
        today = int(time.time() // DAY) * DAY
        self.start, self.end = today - 2 * DAY, today + 2 * DAY

    def ask(self, partner, dimensions, timeout=20):
        request = contract.message("playhead.v1.RunReportRequest")()
        request.partner_id = partner
        request.metrics.extend(METRICS)
        request.dimensions.extend(dimensions)
        request.time_range.start_time.seconds = self.start
        request.time_range.end_time.seconds = self.end
        request.time_zone = "UTC"
        request.page_size = 50_000
        request.totals = True
        answer = self._run(request, timeout=timeout)
        if answer.next_page_token:
            raise AssertionError("more than one page")
        omitted = next((w.message for w in answer.warnings if w.code == _TAIL_OMITTED), "")
        cells = {_key(row, len(dimensions)): _figures(row) for row in answer.rows}
        return Answer(cells, _figures(answer.totals), _seconds(answer.metadata.data_through), omitted)

    def status(self, partner, timeout=20):
        request = contract.message("playhead.v1.GetDataStatusRequest")()
        request.partner_id = partner
        now = int(time.time() // 60) * 60
        request.time_range.start_time.seconds = now - DAY
        request.time_range.end_time.seconds = now + 120
        return self._status(request, timeout=timeout)

    def close(self):
        self._channel.close()


def seconds_of(timestamp):
    return _seconds(timestamp)


def _seconds(timestamp):
    return timestamp.seconds + timestamp.nanos / 1e9


def _key(row, count):
    return tuple(_unix(v.time_value) if v.WhichOneof("value") == "time_value" else v.string_value
                 for v in row.values[:count])


def _unix(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def _figures(row):
    """Events, and the sum of their ids. Mean join time in seconds x plays is whole milliseconds: exact, because a mean of
    int64s is rounded to 1 in 2^53 and the sums stay far below that."""
    if len(row.values) < len(METRICS):
        return (0, 0)
    plays, views, join, buffer = row.values[-len(METRICS):]
    return (plays.int_value + views.int_value,
            round(join.double_value * 1000 * plays.int_value) + round(buffer.double_value * 1000))
