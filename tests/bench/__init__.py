"""How fast, how heavy: each module measures one thing, beside what could be had without ytarchive.

``python -m tests.bench`` runs them all; docs/measurements.md has the table. Both sides of a comparison take
turns in the same run, so that a machine whose speed drifts is the same to both; medians and ratios are what
holds, absolute times are of one machine at one moment. No figure fails a build: here belong measurements and
their targets, not tests.

    figures                          what was measured, and how it is shown
    programs, journeys               what is measured: whole programs; realistic commits
    null_workers, dbos_workflows     programs that `engine` starts: all stages, of jobs without media; DBOS
    startup, first_byte, archiving, appending, replaying, auditing, engine, memory      the measures
"""
