import pytest

from ytarchive.library.probe import Probe, ProbeError, verify


def found(duration: float, *, shortest: float | None = None, video: bool = True, audio: bool = True) -> Probe:
    return Probe(duration, duration if shortest is None else shortest, video, audio, bytes=1)


@pytest.mark.parametrize(
    ("expected", "duration"), [(12, 11), (12, 13), (12, 12), (1000, 990), (1000, 1010), (None, 5), (0, 0.9)]
)
def test_a_duration_may_be_off_by_a_second_or_a_hundredth(expected: float | None, duration: float) -> None:
    verify(found(duration), expected_duration=expected, want_video=True, want_audio=True)


@pytest.mark.parametrize(
    ("expected", "duration"), [(12, 10.9), (12, 13.1), (1000, 989), (1000, 1011), (12, 0), (0, 1.1)]
)
def test_a_duration_that_is_further_off_is_refused(expected: float, duration: float) -> None:
    with pytest.raises(ProbeError, match=rf"lasts {duration:.1f} s where {expected:.1f} s were announced"):
        verify(found(duration), expected_duration=expected, want_video=True, want_audio=True)


def test_a_stream_that_is_wanted_must_be_there_and_one_more_does_no_harm() -> None:
    with pytest.raises(ProbeError, match="no video"):
        verify(found(5, video=False), expected_duration=5, want_video=True, want_audio=True)
    with pytest.raises(ProbeError, match="no audio"):
        verify(found(5, audio=False), expected_duration=5, want_video=True, want_audio=True)
    verify(found(5, video=False), expected_duration=5, want_video=False, want_audio=True)
    verify(found(5), expected_duration=5, want_video=False, want_audio=False)


def test_no_stream_may_end_in_the_first_half() -> None:
    verify(found(12, shortest=6), expected_duration=12, want_video=True, want_audio=True)
    with pytest.raises(ProbeError, match=r"ends at 5\.9 s of 12\.0 s"):
        verify(found(12, shortest=5.9), expected_duration=12, want_video=True, want_audio=True)
