import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ytsim.catalogue import State
from tests.ytsim.knobs import Knobs
from tests.ytsim.server import YtSim
from tests.ytsim.ytdlp import duration, ytdlp

ROOT = Path(__file__).parents[2]
PARENT = """\
import time
from tests.ytsim.server import YtSim

sim = YtSim.spawn(videos=1)
print(sim.port, flush=True)
time.sleep(60)
"""


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionError:
        return False
    return True


@pytest.mark.parametrize("begin", [YtSim.start, YtSim.spawn])
def test_a_simulator_can_be_had_in_a_thread_or_a_process(begin: Callable[..., YtSim]) -> None:
    with begin(videos=3) as sim:
        sim.state(sim.ids[1], "hls")
        with ytdlp(sim, extract_flat="in_playlist") as ydl:
            listed = ydl.extract_info(f"{sim.channel_url}/videos", download=False)["entries"]
            flipped = ydl.extract_info(sim.watch_url(sim.ids[1]), download=False)

        assert [entry["id"] for entry in listed] == sim.ids
        assert len(sim.ids) == 3
        assert [format_["format_id"] for format_ in flipped["formats"]] == ["93"]
        assert sim.requests()
        assert sim.ca.exists()

    assert not listening(sim.port)


def test_two_simulators_stand_side_by_side(sim: YtSim) -> None:
    with YtSim.start(videos=1) as other:
        other.set(api_429=5)

        assert other.proxy != sim.proxy
        assert sim.knobs == Knobs()


def test_a_simulator_listens_on_loopback_only(sim: YtSim) -> None:
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", sim.port))


def test_stopping_ends_the_connections_there_are() -> None:
    with YtSim.start(videos=1) as sim:
        connection = socket.create_connection(("127.0.0.1", sim.port), timeout=60)
        connection.sendall(b"GET /__sim__/ids HTTP/1.1\r\n\r\n")
        assert connection.recv(1)

    with connection:
        while connection.recv(65536):
            pass


def test_a_spawned_simulator_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout
    port = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    deadline = time.monotonic() + 60
    while listening(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_simulator_that_cannot_start_says_so(sim: YtSim) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        YtSim.spawn(port=sim.port)


def test_every_state_has_a_video_of_its_own(sim: YtSim) -> None:
    videos = [*sim.ids, *sim.named.values(), *sim.shorts, *sim.streams]

    assert set(sim.named) == {str(state) for state in State}
    assert len(set(videos)) == len(videos)


def test_reset_takes_back_knobs_states_and_log(sim: YtSim) -> None:
    sim.set(latency=0.01, api_429=3, ignore_range=True)
    sim.state(sim.ids[0], "private")
    sim.state(sim.named["private"], "ok")
    with ytdlp(sim) as ydl:
        ydl.extract_info(sim.watch_url(sim.named["private"]), download=False)

    sim.reset()

    assert sim.knobs == Knobs()
    assert sim.requests() == []
    with ytdlp(sim, ignoreerrors=True) as ydl:
        assert ydl.extract_info(sim.watch_url(sim.ids[0]), download=False)
        assert ydl.extract_info(sim.watch_url(sim.named["private"]), download=False) is None


def test_the_log_is_emptied_only_when_asked(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        ydl.extract_info(sim.watch_url(sim.ids[0]), download=False)

    seen = sim.requests()
    assert seen == sim.requests(clear=True)
    assert sim.requests() == []
    assert (seen[0].method, seen[0].host, seen[0].path) == ("GET", "www.youtube.com", "/watch")
    assert f"v={sim.ids[0]}" in seen[0].query
    assert seen[0].time <= time.time()


@pytest.mark.parametrize(
    "knobs", [{"no_such_knob": 1}, {"latency": -1}, {"media_truncate": 1}, {"api_429": 0.5}]
)
def test_a_knob_that_cannot_be_is_refused_and_nothing_changes(sim: YtSim, knobs: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"ValidationError"):
        sim.set(**{"ttl": 5, **knobs})

    assert sim.knobs == Knobs()


def test_a_video_or_state_that_does_not_exist_is_refused(sim: YtSim) -> None:
    with pytest.raises(ValueError, match="KeyError"):
        sim.state("aaaaaaaaaaA", "private")
    with pytest.raises(ValueError, match="ValidationError"):
        sim.state(sim.ids[0], "lost")


def test_a_host_that_is_not_played_is_not_there_and_leaves_a_trace(sim: YtSim) -> None:
    trust = ssl.create_default_context(cafile=sim.ca)
    trust.check_hostname = False
    connection = http.client.HTTPSConnection("127.0.0.1", sim.port, context=trust, timeout=60)
    connection.set_tunnel("example.com", 443)
    connection.request("GET", "/__sim__/ids")

    with connection.getresponse() as response:
        assert response.status == 404
    connection.close()
    assert [(seen.host, seen.path) for seen in sim.requests()] == [("example.com", "/__sim__/ids")]


def test_the_big_video_is_large_and_lasts_as_long_as_it_says(tmp_path: Path) -> None:
    with YtSim.start(videos=1, big=1) as sim, ytdlp(sim, tmp_path) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named["big"]))

    path = Path(info["requested_downloads"][0]["filepath"])
    assert info["duration"] == 1
    assert duration(path) == pytest.approx(1, abs=0.1)
    assert path.stat().st_size > 2_000_000
