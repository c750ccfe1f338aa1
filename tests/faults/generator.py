"""Bounded load on both doors. Every event is a PLAY of its own session whose join_time is its id in milliseconds, or a
VIEW of its own whose buffer_time is. Its other dimensions follow from its id."""

import http.client
import json
import random
import threading
import time
import urllib.parse

import grpc

import contract
import journal

ENTRIES = tuple(f"0_entry{n}" for n in range(8))
PLAY, VIEW = 3, 99
# Above the 30 s that ingest may hold a request.
TIMEOUT_SECONDS = 45
MAX_ATTEMPTS = 6
_HOURS_BACK = 36
_USER_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
)


class Generator:
    """Threads that send until `pause` or `stop`. Errors are replies that no sender should get while ingest runs."""

    def __init__(self, suite, journal_, seed, grpc_workers=4, beacon_workers=6):
        self._suite = suite
        self._journal = journal_
        self._running = threading.Event()
        self._stopped = threading.Event()
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._errors = []
        self._threads = []
        for n in range(grpc_workers + beacon_workers):
            work = self._grpc_loop if n < grpc_workers else self._beacon_loop
            self._threads.append(threading.Thread(target=work, args=(random.Random(f"{seed}/{n}"),), daemon=True))
        for thread in self._threads:
            thread.start()
        self._await_idle()

    def resume(self):
        self._running.set()

    def pause(self):
        """Returns when nothing is on its way any more."""
        self._running.clear()
        self._await_idle()

    def _await_idle(self):
        for _ in self._threads:
            if not self._idle.acquire(timeout=(TIMEOUT_SECONDS + 5) * MAX_ATTEMPTS):
                raise TimeoutError("a sender does not come to its end")

    def stop(self):
        self._stopped.set()
        self._running.set()
        for thread in self._threads:
            thread.join(timeout=1)

    def take_errors(self):
        with self._lock:
            errors, self._errors = self._errors, []
        return errors

    def _may_go_on(self):
        if not self._running.is_set():
            self._idle.release()
            self._running.wait()
        return not self._stopped.is_set()

    def _failed(self, what):
        with self._lock:
            self._errors.append(f"{time.strftime('%H:%M:%S')} {what}")

    def _attempt(self, rng, book, events, send):
        """Sends, and sends the same again while it is not known what became of it (most of the time)."""
        for _ in range(MAX_ATTEMPTS):
            book.sending(events)
            state = send()
            book.ended(events, state)
            if state == journal.ACKED or self._stopped.is_set():
                return
            time.sleep(0.1)
            if rng.random() < 0.3:
                return

    def _grpc_loop(self, rng):
        channel = contract.channel(self._suite.port_of("ingest"))
        track = contract.call(channel, "playhead.v1.EventTracking/TrackEvents")
        while self._may_go_on():
            self._grpc_batch(rng, track)
            time.sleep(rng.uniform(0.05, 0.15))
        channel.close()

    def _grpc_batch(self, rng, track):
        book = self._journal.book
        request = contract.message("playhead.v1.TrackEventsRequest")()
        events = []
        for event_id in self._journal.take_ids(rng.randint(1, 40)):
            late = rng.uniform(0, _HOURS_BACK * 3600) if rng.random() < 0.03 else rng.uniform(0, 90)
            occurred = time.time() - late
            event = journal.Event(event_id, rng.choice(ENTRIES), int(occurred // 60))
            events.append(event)
            sent = request.events.add(
                partner_id=book.partner, entry_id=event.entry, session_id=f"s{event_id}", event_id=f"e{event_id}",
                **_of_id(event_id, "event_type", "join_time", "buffer_time"), **_context(event_id))
            sent.occur_time.seconds = int(occurred)
            sent.occur_time.nanos = int(occurred % 1 * 1e9)
        self._attempt(rng, book, events, lambda: self._send_grpc(track, request))

    def _send_grpc(self, track, request):
        try:
            answer = track(request, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            self._failed(f"TrackEvents: {error.code().name} {error.details()}")
            return journal.UNKNOWN
        if answer.rejections or answer.accepted_count != len(request.events):
            self._failed(f"TrackEvents: {len(answer.rejections)} rejected, {answer.accepted_count} accepted")
            return journal.UNKNOWN
        return journal.ACKED

    def _beacon_loop(self, rng):
        sender = _BeaconSender(self._suite.port_of("beacons"), self._failed)
        while self._may_go_on():
            book = self._journal.book
            event_id = self._journal.take_ids(1)[0]
            event = journal.Event(event_id, rng.choice(ENTRIES), None)
            request = _beacon(rng, book.partner, event)
            self._attempt(rng, book, [event], lambda: sender.send(*request))
            time.sleep(rng.uniform(0.0, 0.06))
        sender.close()


class _BeaconSender:
    """One connection that is kept open, as a player's is."""

    def __init__(self, port, failed):
        self._port = port
        self._failed = failed
        self._connection = None

    def send(self, method, target, body, user_agent):
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
                self._connection.connect()
        except OSError as error:
            self._failed(f"beacon: {error}")
            self.close()
            return journal.REFUSED
        try:
            headers = {"User-Agent": user_agent} | ({"Content-Type": "application/json"} if body else {})
            self._connection.request(method, target, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._failed(f"beacon: {error!r}")
            self.close()
            return journal.UNKNOWN
        if answer.status != 200:
            self._failed(f"beacon: {answer.status}")
            return journal.UNKNOWN
        return journal.ACKED

    def close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _of_id(event_id, type_name, join_time, buffer_time):
    """The event's type, and its id where that type carries it, under the door's names."""
    if event_id % 3:
        return {type_name: PLAY, join_time: event_id / 1000}
    return {type_name: VIEW, buffer_time: event_id / 1000}


def _context(event_id):
    return {"referrer": f"https://videos.example/watch/{event_id % 5}", "playback_type": ("vod", "live")[event_id % 2],
            "application": ("", "portal", "app")[event_id % 3], "playback_context": str(event_id % 4),
            "custom_var_1": f"a{event_id % 3}", "custom_var_2": f"b{event_id % 2}",
            "user_agent": _USER_AGENTS[event_id % len(_USER_AGENTS)]}


def _beacon(rng, partner, event):
    content = {"eventIndex": 3, **_of_id(event.id, "eventType", "joinTime", "bufferTime")}
    context = _context(event.id)
    user_agent = context.pop("user_agent")
    content.update((_camel(name), value) for name, value in context.items())
    in_url = {"service": "analytics", "action": "trackEvent", "eventType": content.pop("eventType"),
              "partnerId": partner, "entryId": event.entry, "sessionId": f"b{event.id}"}
    if rng.random() < 0.5:
        target = "/api_v3/index.php?" + urllib.parse.urlencode({**in_url, **content})
        return "GET", target, None, user_agent
    return "POST", "/api_v3/index.php?" + urllib.parse.urlencode(in_url), json.dumps(content), user_agent


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
