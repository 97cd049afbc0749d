"""The HTTP proxy: it ends TLS itself, answers for every host, and sends media as slowly as it is told."""

import contextlib
import socket
import socketserver
import ssl
import time
import traceback
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from tests.ytsim.control import PREFIX, control
from tests.ytsim.media_routes import googlevideo
from tests.ytsim.reply import FileBody, Reply, refusal
from tests.ytsim.routes import picture, youtube
from tests.ytsim.site import Request, Seen, Site
from tests.ytsim.sponsorblock import sponsorblock

_CHUNK: Final = 262_144
_PACED_CHUNK: Final = 16_384


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy for one site, on a port of loopback; 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, port: int, site: Site, tls: ssl.SSLContext) -> None:
        self.site = site
        self.tls = tls
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def server_close(self) -> None:
        """Stop listening, and end the connections there are."""
        super().server_close()
        self.site.closing.set()
        for connection in self.connections.copy():
            with contextlib.suppress(OSError):
                # beneath TLS: another thread is reading
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection, which after CONNECT speaks TLS as the host asked for."""

    server: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    host = ""

    def handle(self) -> None:
        self.server.connections.add(self.connection)
        with contextlib.suppress(OSError):  # the client is gone
            super().handle()

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()
        if self.connection is not self.request:
            self.connection.close()

    def handle_one_request(self) -> None:
        _acknowledge_at_once(self.connection)
        super().handle_one_request()

    def do_CONNECT(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        self.host = self.path.rpartition(":")[0]
        self.server.connections.discard(self.connection)
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.server.connections.add(self.connection)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.close_connection = False

    def do_GET(self) -> None:
        request = self._request()
        reply = self._reply(request)
        self._send(reply)

    do_POST = do_HEAD = do_GET  # noqa: N815 - named by http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Say nothing: the site keeps the log."""

    def _request(self) -> Request:
        _acknowledge_at_once(self.connection)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = self.host or address.hostname or ""
        return Request(self.command, host, address.path, dict(parse_qsl(address.query)), headers, body)

    def _reply(self, request: Request) -> Reply:
        if not request.host and request.path.startswith(PREFIX):
            return control(self.server.site, request)
        began = time.time()
        try:
            reply = answer(self.server.site, request)
        except Exception:  # noqa: BLE001 - a bug of the simulator must be seen, and not as a lost connection
            traceback.print_exc()
            reply = refusal(500, "the simulator failed")
        query = urlsplit(self.path).query
        headers = request.headers
        self.server.site.record(
            Seen(
                began,
                request.method,
                request.host,
                request.path,
                query,
                headers.get("range"),
                reply.status,
                headers.get("x-youtube-client-name"),
                headers.get("user-agent", ""),
            )
        )
        return reply

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.type)
        self.send_header("Content-Length", str(reply.length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(reply.body, bytes):
            self.wfile.write(reply.body)
        else:
            self._send_file(reply.body, paced=reply.paced)

    def _send_file(self, body: FileBody, *, paced: bool) -> None:
        """Send a part of a file at the speed, and as far, as the knobs say while it is sent."""
        site, length = self.server.site, body.end - body.start
        sent, began = 0, time.monotonic()
        with body.path.open("rb") as file:
            file.seek(body.start)
            while sent < length:
                speed = site.knobs.media_bps if paced else 0
                chunk = file.read(min(length - sent, _PACED_CHUNK if speed else _CHUNK))
                self.wfile.write(chunk)
                sent += len(chunk)
                if paced and 0 < site.knobs.drop_after <= sent and site.spend("drop_after"):
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                if speed:
                    self.wfile.flush()
                    site.sleep(sent / speed - (time.monotonic() - began))


def answer(site: Site, request: Request) -> Reply:
    """Give the answer of the host asked for; 404 from any host that is not played."""
    site.sleep(site.knobs.latency)
    match request.host.split(".")[-2:]:
        case ["youtube", "com"] | ["youtu", "be"]:
            return youtube(site, request)
        case ["googlevideo", "com"]:
            return googlevideo(site, request)
        case ["ytimg" | "ggpht", "com"]:
            return picture(site, request)
        case ["ajay", "app"]:
            return sponsorblock(site, request)
    return refusal(404, "no such host here")


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Ask for no delayed ACK: urllib3 leaves Nagle on for proxies, and each POST would take 40 ms more."""
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
