"""A certificate for the hosts that are played, and the authority to trust for it."""

import ssl
from pathlib import Path
from typing import Final, NamedTuple

from tests.ytsim.cache import cached

HOSTS: Final = (
    "youtube.com",
    "*.youtube.com",
    "youtu.be",
    "*.googlevideo.com",
    "*.ytimg.com",
    "*.ggpht.com",
    "localhost",
    "127.0.0.1",
)


class Certificates(NamedTuple):
    """The authority's certificate, and one file with the server's key and chain."""

    ca: Path
    server: Path

    def context(self) -> ssl.SSLContext:
        """Give what the server's side of TLS needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context


def certificates(data: Path) -> Certificates:
    """Give the certificates kept in `data`; they are made once and valid for ever.

    The authority's key is never written: nothing else can be signed with it.
    """
    folder = cached(data / "certs", _make)
    return Certificates(ca=folder / "ca.pem", server=folder / "server.pem")


def _make(folder: Path) -> None:
    import trustme  # noqa: PLC0415 - 150 ms, and only once

    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    server = folder / "server.pem"
    server.touch(mode=0o600)
    authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.write_to_path(server)
