"""Every stream there is can be told of, and why the server could not be asked."""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cli import diagnosis, rooms
from cli.diagnosis import ABOUT
from ytarchive.errors import Refused, ServerUnavailable, UsageError
from ytarchive.runtime.credentials import ensure_credentials, load_credentials
from ytarchive.runtime.permissions import STREAMS
from ytarchive.runtime.state_dir import ServerInfo, open_state_dir
from ytarchive.settings import Settings


def test_what_each_stream_holds_is_said() -> None:
    assert list(ABOUT) == list(STREAMS)


def test_what_mends_a_server_that_cannot_be_asked_is_told_by_why(settings: Settings) -> None:
    away = ServerUnavailable("nothing runs")
    assert diagnosis.unreachable(settings, away) == ("nothing runs", "ytarchive up")
    with open_state_dir(settings.state_dir) as state:
        ensure_credentials(state.path)
        state.credentials.chmod(0o644)
        with pytest.raises(UsageError) as error:
            load_credentials(state.credentials, "cli")
        assert diagnosis.unreachable(settings, error.value)[1] == f"chmod 600 {state.credentials}"
        now, here = datetime.now(UTC), Path()
        state.describe(ServerInfo("nats://127.0.0.1:1", os.getpid(), "one", now, here))
        text, command = diagnosis.unreachable(settings, TimeoutError())
        assert f"the server does not answer; its process {os.getpid()} is there" in text
        assert command == f"tail {state.logs / 'nats-server.log'}"
        refused = Refused("the server refuses the login 'cli'")
        state.describe(ServerInfo("nats://127.0.0.1:1", os.getpid(), "one", now, state.credentials))
        text, command = diagnosis.unreachable(settings, refused)
        assert f"login 'cli' of {state.credentials}" in text
        assert command == f"kill {os.getpid()}"  # started again, it knows those
    elsewhere = msgspec.structs.replace(
        settings, nats_url="nats://elsewhere:1", nats_credentials=Path("/etc/our logins.json")
    )
    text, command = diagnosis.unreachable(elsewhere, refused)
    assert "/etc/our logins.json" in text
    assert command == "${EDITOR:-vi} '/etc/our logins.json'"
    nobody = msgspec.structs.replace(elsewhere, nats_credentials=None)
    assert diagnosis.unreachable(nobody, refused)[1].startswith("export YTARCHIVE_NATS_CREDENTIALS=")
    elsewhere = msgspec.structs.replace(settings, nats_url="nats://elsewhere:1")
    assert diagnosis.unreachable(elsewhere, away)[1] == "ytarchive config show"


def test_the_disk_of_the_server_is_full_where_it_has_no_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not rooms.disk(settings).full
    monkeypatch.setattr(rooms, "ROOM", 1 << 60)
    assert rooms.disk(settings).full
    assert not rooms.disk(msgspec.structs.replace(settings, nats_url="nats://elsewhere:1")).full
