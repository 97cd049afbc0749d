"""What a shell offers when Tab is pressed: quick, and silent whatever is wrong.

Ids come from the jobs actor, if one runs. It is asked over a bare socket, since importing the NATS client
takes longer than a person waits.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final, get_args

from typer import Context

Offer = tuple[str, str]
"""A word, and what it stands for."""
Offers = Callable[[Context, str], list[Offer]]

_PATIENCE: Final = 0.3
_MOST: Final = 50


def words(*known: str) -> Offers:
    """Give what offers these words."""

    @quietly
    def offered(_context: Context, _begun: str) -> Iterator[Offer]:
        yield from ((word, "") for word in known)

    return offered


def quietly(offers: Callable[[Context, str], Iterator[Offer]]) -> Offers:
    """Give what offers words until something is wrong, and says nothing about that."""

    def offered(context: Context, begun: str) -> list[Offer]:
        found: list[Offer] = []
        with contextlib.suppress(Exception):
            for one in offers(context, begun):
                found.append(one)  # noqa: PERF402 - what was found before something went wrong counts
        return found

    return offered


@quietly
def jobs(context: Context, begun: str) -> Iterator[Offer]:
    """Offer the newest jobs and batches, or those whose ids begin so."""
    yield from _jobs(context, begun)
    yield from _batches(context, begun)


@quietly
def batches(context: Context, begun: str) -> Iterator[Offer]:
    """Offer the newest batches, or those whose ids begin so."""
    yield from _batches(context, begun)


@quietly
def nodes(context: Context, begun: str) -> Iterator[Offer]:
    """Offer the machines of which the jobs actor has heard, with what runs there."""
    running: dict[str, list[str]] = {}
    for actor in _asked(context, type="query.actors")["actors"]:
        running.setdefault(actor["node"], []).append(actor["actor"])
    yield from ((node, ", ".join(names)) for node, names in running.items() if node.startswith(begun))


@quietly
def parts(_context: Context, begun: str) -> Iterator[Offer]:
    """Offer the parts of videos that SponsorBlock knows, behind those that are named already."""
    from schemas.options import Segment

    before, comma, _ = begun.rpartition(",")
    named = before.split(",")
    yield from ((f"{before}{comma}{one}", "") for one in get_args(Segment) if one not in named)
    if not comma:
        yield from ((one, "") for one in ("all", "none"))


@quietly
def limits(_context: Context, begun: str) -> Iterator[Offer]:
    """Offer the limits that can be changed, and the values of one that has few."""
    from ytarchive.domain.limits import CHANGEABLE
    from ytarchive.reference import setting

    name, equals, _ = begun.partition("=")
    if equals and name in CHANGEABLE:
        yield from ((f"{name}={one}", "") for one in setting(name).choices)
    yield from ((name, setting(name).meaning) for name in CHANGEABLE if name.startswith(begun))


@quietly
def states(_context: Context, _begun: str) -> Iterator[Offer]:
    """Offer the states of a job."""
    from schemas.common import State

    yield from ((state, "") for state in State)


@quietly
def categories(_context: Context, _begun: str) -> Iterator[Offer]:
    """Offer the kinds of failures."""
    from schemas.common import Category

    yield from ((category, "") for category in Category)


@quietly
def actors(_context: Context, _begun: str) -> Iterator[Offer]:
    """Offer the actors there are."""
    from actors.__main__ import NAMES

    yield from ((name, "") for name in NAMES)


@quietly
def profiles(context: Context, _begun: str) -> Iterator[Offer]:
    """Offer the profiles of the configuration file."""
    from ytarchive.sources import load

    yield "default", ""
    yield from ((name, "") for name in load(_given(context)).profiles)


def _jobs(context: Context, begun: str) -> Iterator[Offer]:
    known = (
        _asked(context, type="query.job", prefix=begun)
        if begun
        else _asked(context, type="query.jobs", limit=_MOST)
    )
    for job in known["jobs"]:
        yield job["job_id"], f"{job['state']}, {job['title'] or job['url']}"


def _batches(context: Context, begun: str) -> Iterator[Offer]:
    for batch in _asked(context, type="query.batches", prefix=begun, limit=_MOST)["batches"]:
        yield batch["batch_id"], f"{batch['state']}, {batch['title']}"


def _given(context: Context) -> dict[str, Any]:
    """Give the options before the command: a command line that is not complete is not taken in hand."""
    given = context.find_root().params
    return {f"{name}_dir": given.get(name) and str(given[name]) for name in ("library", "state")}


def _asked(context: Context, **query: object) -> dict[str, Any]:
    """Ask the jobs actor. Raises whatever is wrong."""
    import json
    import secrets
    import socket
    from urllib.parse import urlsplit

    from schemas import subjects
    from ytarchive.runtime.rendezvous import server_for
    from ytarchive.sources import load

    url, login = server_for(load(_given(context)).settings, "cli")
    inbox = f"_INBOX.{login.user if login else 'cli'}.{secrets.token_hex(8)}"
    user = {"user": login.user, "pass": login.password} if login else {}
    question = json.dumps(query).encode()
    where = urlsplit(url)
    with (
        socket.create_connection((where.hostname, where.port or 4222), timeout=_PATIENCE) as connection,
        connection.makefile("rwb") as stream,
    ):
        stream.readline()  # what the server is
        told = {"verbose": False, "headers": True, "no_responders": True, "lang": "python", **user}
        stream.write(b"CONNECT %s\r\nSUB %s 1\r\n" % (json.dumps(told).encode(), inbox.encode()))
        subject = f"{subjects.query('jobs')} {inbox} {len(question)}"
        stream.write(b"PUB %s\r\n%s\r\n" % (subject.encode(), question))
        stream.flush()
        while not (line := stream.readline()).startswith(b"MSG "):
            if not line.startswith((b"PING", b"+OK", b"INFO")):
                raise ConnectionError(line)  # nobody is there, or we may not ask
        answer: dict[str, Any] = json.loads(stream.read(int(line.split()[-1])))
    return answer
