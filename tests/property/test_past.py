"""What the log had come to at any place in it is what its beginning folds into, and nothing else."""

from datetime import timedelta

from hypothesis import given

from cli.replaying import Replay
from schemas import codec
from tests.property.test_tampering import LOGS, quickly
from tests.property.world import Stored
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.past import Place
from ytarchive.runtime.event_log import Entry


def read(stored: list[Stored], place: Place) -> Replay:
    replay = Replay(place)
    for one in stored:
        replay.take(Entry(*one))
    return replay


@quickly
@given(LOGS)
def test_behind_every_message_is_what_the_log_until_there_folds_into(stored: list[Stored]) -> None:
    prefix = Catalogue()
    for one in stored:
        commit = codec.commits.decode(one.payload)
        prefix.apply(commit)
        then = read(stored, Place(sequence=one.sequence))
        assert (list(then.jobs), then.last, then.at) == (list(prefix), one.sequence, commit.at)
        assert then.breaks == []


@quickly
@given(LOGS)
def test_at_a_moment_is_what_was_written_until_then(stored: list[Stored]) -> None:
    moments = [codec.commits.decode(one.payload).at for one in stored]
    for moment in {*moments, *(moment - timedelta(microseconds=1) for moment in moments)}:
        number = sum(1 for at in moments if at <= moment)
        then = read(stored, Place(moment=moment))
        assert list(then.jobs) == list(read(stored[:number], Place()).jobs)
        assert then.last == number
