"""The real system under faults drawn from a seed: whatever is killed, stopped, cut off or refused.

What is archived in the end is right, and said once.

`plan` draws, `faults` does to a `machine` what was drawn, `proof` says what must hold afterwards, `run` is
one run. ``python -m tests.chaos`` makes many. What is promised of particular accidents stands in `scenarios`.
"""
