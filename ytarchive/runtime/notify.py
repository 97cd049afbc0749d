"""Telling whoever started us how we are: the sd_notify protocol, a datagram to ``$NOTIFY_SOCKET``."""

import os
import socket


def notify(state: str) -> bool:
    """Send a state such as ``READY=1``. Gives False where nobody asked to be told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.sendto(state.encode(), address)
        except OSError:
            return False
    return True
