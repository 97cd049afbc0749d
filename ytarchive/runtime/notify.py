"""Telling whoever started us how we are: the sd_notify protocol, a datagram to ``$NOTIFY_SOCKET``."""

import os
import socket
from collections.abc import Mapping
from typing import Final

TROUBLE: Final = "X_TROUBLE="
"""Begins what somebody has to know; nothing behind it when that is over. Others than `up` pass over it."""


def notify(*states: str) -> bool:
    """Send states such as ``READY=1``, all at once. Gives False where nobody asked to be told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.sendto("\n".join(states).encode(), address)
        except OSError:
            return False
    return True


def watchdog(environ: Mapping[str, str] = os.environ) -> float | None:
    """Give the seconds within which we have to be heard of; None where nobody listens for us.

    What our parent was asked for is inherited, and names the process it is meant for.
    """
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    asked = environ.get("WATCHDOG_USEC", "")
    return int(asked) / 1e6 if asked.isdecimal() and int(asked) else None
