from ytarchive.runtime.liveness import LONGEST_TURN, Liveness


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_queue_that_does_not_turn_is_stuck_and_one_that_rests_is_not() -> None:
    clock = Clock()
    liveness = Liveness(clock)
    for queue in ("download", "discard", "check"):
        liveness.turns(queue)
    liveness.rests("check")
    assert liveness.stuck == []
    clock.now = LONGEST_TURN + 1
    liveness.turns("discard")
    assert liveness.stuck == ["download"]
    liveness.turns("download")
    assert liveness.stuck == []
