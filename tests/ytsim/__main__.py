"""``python -m tests.ytsim``: the simulator for a shell. It says where it listens in one line of JSON."""

import argparse
import os
import sys
import threading
from pathlib import Path

import msgspec

from tests.ytsim.proxy import Proxy
from tests.ytsim.server import DATA, VIDEOS, Ready, build


def main() -> None:
    """Serve until interrupted, or, with a lifeline, until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.ytsim", description="YouTube on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--data", type=Path, default=DATA, help="where media and certificates are kept")
    parser.add_argument("--videos", type=int, default=VIDEOS, help="how many the channel has (%(default)s)")
    parser.add_argument(
        "--big",
        type=int,
        default=0,
        metavar="SECONDS",
        help="of 32 Mbit/s for the video `big`: 50 are 200 MB",
    )
    parser.add_argument("--lifeline", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    proxy, ca = build(videos=options.videos, big=options.big, data=options.data, port=options.port)
    ready = Ready(proxy.port, str(ca.resolve()), f"http://127.0.0.1:{proxy.port}")
    print(msgspec.json.encode(ready).decode(), flush=True)
    if options.lifeline:
        threading.Thread(target=_end_with_input, args=(proxy,), daemon=True).start()
    with proxy:
        try:
            proxy.serve_forever(0.05)
        except KeyboardInterrupt:
            sys.exit(130)


def _end_with_input(proxy: Proxy) -> None:
    os.read(sys.stdin.fileno(), 1)  # unbuffered: a reader that waits must not lock standard input at exit
    proxy.shutdown()


if __name__ == "__main__":
    main()
