"""A TCP proxy before PostgreSQL that understands the framing of its protocol and can lose a COMMIT: the request, before
the server sees it, or the server's reply, after the server has committed."""
import socket
import struct
import threading

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


class CommitProxy:
    def __init__(self, target_port):
        self.target_port = target_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mode = None  # None, "request" or "reply"
        self.lock = threading.Lock()
        self.left = 0
        self.lost = 0
        self.connections = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, mode, count):
        """From now on the next `count` COMMITs are lost, each with its connection."""
        with self.lock:
            self.mode, self.left = mode, count

    def close(self):
        self.listener.close()
        for connection in list(self.connections):
            _close(connection)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
        except OSError:
            _close(client)
            return
        server.settimeout(None)
        self.connections |= {client, server}
        state = {"swallow": False}
        threading.Thread(target=self._to_client, args=(server, client, state), daemon=True).start()
        try:
            self._to_server(client, server, state)
        except (OSError, EOFError):
            pass
        finally:
            if not state["swallow"]:
                _close(server)
                _close(client)

    def _to_server(self, client, server, state):
        while True:  # The start: messages without a type.
            head = _read(client, 8)
            length, code = struct.unpack("!II", head)
            rest = _read(client, length - 8)
            if code in (SSL_REQUEST, GSS_REQUEST):
                client.sendall(b"N")
                continue
            server.sendall(head + rest)
            break
        while True:
            head = _read(client, 5)
            body = _read(client, struct.unpack("!I", head[1:])[0] - 4)
            if _is_commit(head[:1], body):
                mode = self._take()
                if mode == "request":
                    return
                if mode == "reply":
                    state["swallow"] = True
            server.sendall(head + body)

    def _to_client(self, server, client, state):
        try:
            while True:
                data = server.recv(65536)
                if not data:
                    break
                # The client has sent COMMIT and waits: what comes now is its reply.
                if state["swallow"]:
                    break
                client.sendall(data)
        except OSError:
            pass
        _close(client)
        _close(server)

    def _take(self):
        with self.lock:
            if self.left <= 0:
                return None
            self.left -= 1
            self.lost += 1
            return self.mode


def _is_commit(kind, body):
    """A simple query COMMIT, or the Parse of one."""
    if kind == b"Q":
        text = body
    elif kind == b"P":
        text = body.split(b"\0", 1)[1]
    else:
        return False
    return text.split(b"\0", 1)[0].strip().rstrip(b";").upper() in (b"COMMIT", b"END")


def _read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _close(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
