"""A proxy in front of PostgreSQL that loses a COMMIT, or its reply, on demand."""

import socket
import struct
import threading
import time

# What becomes of a COMMIT: it never arrives; it is done, but its reply is lost; its sender's connection breaks, and it
# arrives while the sender already tries again.
BEFORE, AFTER, LATE = "before", "after", "late"

_REQUEST_CODES = {80877103, 80877104}  # SSLRequest, GSSENCRequest: answered N
_CHUNK = 1 << 16


class CommitProxy:
    """Listens on loopback from construction until `close`."""

    def __init__(self, port, server_port):
        self._server_port = server_port
        self._lock = threading.Lock()
        self._armed = None
        self._kind = None
        self._done = threading.Event()
        self._connections = set()
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def address(self):
        return self._listener.getsockname()

    def arm(self, way, delay=0.0):
        """The next COMMIT of an epoch goes this way; `delay` in seconds is for LATE."""
        with self._lock:
            self._armed = (way, delay)
            self._done.clear()

    def await_cut(self, timeout):
        """Whether it happened within `timeout` seconds; afterwards nothing is armed."""
        happened = self._done.wait(timeout)
        with self._lock:
            self._armed = None
        return happened or self._done.is_set()

    def close(self):
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.close()

    def take(self):
        """Called by a connection at the COMMIT of an epoch: what shall become of it, or None."""
        with self._lock:
            armed, self._armed = self._armed, None
        return armed

    def cut_done(self):
        self._done.set()

    def forget(self, connection):
        with self._lock:
            self._connections.discard(connection)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            connection = _Connection(self, client, server)
            with self._lock:
                self._connections.add(connection)
            connection.start()


class _Connection:
    def __init__(self, proxy, client, server):
        self._proxy = proxy
        self._client = client
        self._server = server
        self._lose_reply = False
        self._copied = False

    def start(self):
        for pump in (self._client_to_server, self._server_to_client):
            threading.Thread(target=self._run, args=(pump,), daemon=True).start()

    def close(self):
        for one in (self._client, self._server):
            _end(one)

    def _run(self, pump):
        try:
            pump()
        except OSError:
            pass
        finally:
            self.close()
            self._proxy.forget(self)

    def _client_to_server(self):
        framer = Framer(has_startup=True)
        while data := self._client.recv(_CHUNK):
            forward = bytearray()
            for kind, message in framer.feed(data):
                if kind is None and _code(message) in _REQUEST_CODES:
                    self._client.sendall(b"N")
                    framer.expect_startup()
                    continue
                if is_commit(kind, message) and self._copied:
                    self._copied = False
                    armed = self._proxy.take()
                    if armed is not None and not self._cut(armed, bytes(forward), message):
                        return
                self._copied |= kind == b"d"
                forward += message
            self._server.sendall(forward)

    def _cut(self, armed, before, message):
        """Whether the connection goes on for now."""
        way, delay = armed
        if way == AFTER:
            self._lose_reply = True
            return True
        self._server.sendall(before)
        if way == LATE:
            _end(self._client)
            self._proxy.cut_done()
            time.sleep(delay)
            self._server.sendall(message if message[:1] == b"Q" else message + EXECUTE)
            # The reply has no one to go to; the connection ends when the server has answered.
            time.sleep(0.5)
        else:
            self.close()
            self._proxy.cut_done()
        return False

    def _server_to_client(self):
        framer = Framer(has_startup=False)
        while data := self._server.recv(_CHUNK):
            forward = bytearray()
            for kind, message in framer.feed(data):
                if self._lose_reply and kind == b"C" and message[5:] == b"COMMIT\0":
                    self.close()
                    self._proxy.cut_done()
                    return
                forward += message
            self._client.sendall(forward)


class Framer:
    """Cuts a stream into messages: (type, whole message); the type of a startup message is None."""

    def __init__(self, has_startup):
        self._in_startup = has_startup
        self._buffer = bytearray()

    def expect_startup(self):
        self._in_startup = True

    def feed(self, data):
        self._buffer += data
        while True:
            head = 0 if self._in_startup else 1
            if len(self._buffer) < head + 4:
                return
            size = head + struct.unpack_from("!i", self._buffer, head)[0]
            if len(self._buffer) < size:
                return
            message = bytes(self._buffer[:size])
            del self._buffer[:size]
            kind = None if self._in_startup else message[:1]
            self._in_startup = False
            yield kind, message


# Bind, Execute and Sync of an unnamed statement without parameters, as they follow its Parse.
EXECUTE = b"B\0\0\0\x0c\0\0\0\0\0\0\0\0" + b"E\0\0\0\x09\0\0\0\0\0" + b"S\0\0\0\x04"


def is_commit(kind, message):
    """Query, or Parse of an unnamed statement."""
    if kind == b"Q":
        text = message[5:]
    elif kind == b"P":
        text = message[5:].partition(b"\0")[2]
    else:
        return False
    return text.partition(b"\0")[0].strip().rstrip(b";").upper() in (b"COMMIT", b"END")


def _code(message):
    return struct.unpack_from("!i", message, 4)[0] if len(message) >= 8 else 0


def _end(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
