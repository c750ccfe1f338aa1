"""What reports must say, computed from the requests themselves. Shares no code with the services; follows the
documentation of the player's beacons."""
import collections
import json
import urllib.parse


def fields_of(beacon):
    """The parameters of a beacon: of the URL and the body, the body wins. Values as texts."""
    fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(beacon.url).query, keep_blank_values=True))
    if beacon.body:
        for name, value in json.loads(beacon.body).items():
            fields[name] = value if isinstance(value, str) else json.dumps(value)
    return fields


def milliseconds(text):
    return round(float(text) * 1000)


class Totals:
    def __init__(self):
        self.counts = collections.Counter()
        self.play_time_ms = 0
        self.buffer_time_ms = 0
        self.sessions = set()
        self.entries = set()

    def key(self):
        return (dict(self.counts), self.play_time_ms, self.buffer_time_ms, len(self.sessions), self.entries)


def stretches(beacons):
    """Beacons in sending order to a stretch number each: a new one of a playback begins when an eventIndex comes again
    with other content. Beacons without an index belong to the stretch they arrive in."""
    numbers, current, seen = [], collections.Counter(), collections.defaultdict(dict)
    for beacon in beacons:
        fields = fields_of(beacon)
        playback = (fields.get("sessionId", ""), fields.get("entryId", ""))
        index, content = fields.get("eventIndex"), tuple(sorted(fields.items()))
        if index is not None:
            key = (playback, current[playback])
            if seen[key].get(index, content) != content:
                current[playback] += 1
            seen[(playback, current[playback])][index] = content
        numbers.append((playback, current[playback]))
    return numbers


def totals(beacons, copies=1):
    """beacons: in sending order, once each; copies: how often each was sent. Only events without an eventIndex count
    again."""
    result, maxima = Totals(), collections.defaultdict(int)
    for beacon, stretch in zip(beacons, stretches(beacons)):
        fields = fields_of(beacon)
        event_type = int(fields["eventType"])
        result.counts[event_type] += 1 if "eventIndex" in fields else copies
        result.sessions.add(fields.get("sessionId", ""))
        if fields.get("entryId"):
            result.entries.add(fields["entryId"])
        if event_type == 99:
            maxima[stretch] = max(maxima[stretch], milliseconds(fields.get("playTimeSum", "0")))
            result.buffer_time_ms += milliseconds(fields.get("bufferTime", "0"))
    result.play_time_ms = sum(maxima.values())
    return result
