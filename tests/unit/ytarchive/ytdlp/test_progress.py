from typing import Any

import pytest

from ytarchive.ytdlp.progress import ProgressHook, StreamProgress, label

VIDEO = {"vcodec": "avc1.64001f", "acodec": "none", "height": 720}
SOUND = {"vcodec": "none", "acodec": "mp4a.40.2", "abr": 127.6}


@pytest.mark.parametrize(
    ("info", "name"),
    [
        (VIDEO, "video 720p avc1"),
        (SOUND, "audio 128k mp4a"),
        ({**SOUND, "abr": None}, "audio mp4a"),
        ({**VIDEO, "acodec": "opus"}, "video 720p avc1+opus"),
        ({}, "video"),
    ],
)
def test_a_stream_is_named_as_people_name_it(info: dict[str, Any], name: str) -> None:
    assert label(info) == name


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def status(info: dict[str, Any], got: int, **more: Any) -> dict[str, Any]:
    return {"status": "downloading", "info_dict": info, "downloaded_bytes": got, "total_bytes": 1000, **more}


def test_each_stream_is_heard_of_five_times_a_second_at_most_and_at_its_end_always() -> None:
    heard: list[StreamProgress] = []
    clock = Clock()
    hook = ProgressHook(heard.append, clock)

    for step in range(20):
        clock.now = step / 16
        hook(status(VIDEO, step, speed=5.0, eta=2))
        hook(status(SOUND, step))
    hook(status(VIDEO, 999, status="finished"))
    hook(status(VIDEO, 999, status="error"))

    video = [one for one in heard if one.stream == "video 720p avc1"]
    assert [one.bytes for one in video] == [0, 4, 8, 12, 16, 1000]
    assert len(heard) == 11
    assert video[1] == StreamProgress("video 720p avc1", 4, 1000, 5.0, 2)
    assert video[-1].done
    assert not any(one.done for one in video[:-1])


def test_a_total_that_is_not_known_is_estimated_or_left_open() -> None:
    heard: list[StreamProgress] = []
    hook = ProgressHook(heard.append)

    hook({"status": "downloading", "info_dict": VIDEO, "downloaded_bytes": 5, "total_bytes_estimate": 99.6})
    hook({"status": "downloading", "info_dict": SOUND, "downloaded_bytes": 5})

    assert [one.total for one in heard] == [99, None]
