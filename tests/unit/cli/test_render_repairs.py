from cli import render
from schemas.common import State
from schemas.fixity import Trouble
from schemas.queries import JobView
from schemas.repair_reports import MovedFile, QuarantineReport, RepairLine, RepairReport
from tests.unit.cli.shown import shown

JOB, OTHER = "0123456789abcdef", "fedcba9876543210"


def line(path: str, **more: str) -> RepairLine:
    return RepairLine(path=path, job_id=JOB, kind=Trouble.MISSING, **more)


def report(*repaired: RepairLine, left: tuple[RepairLine, ...] = (), dry_run: bool = False) -> RepairReport:
    return RepairReport(
        ok=not left, dry_run=dry_run, jobs=1, files=6, repaired=repaired, left=left, renewed=("C",) * dry_run
    )


def test_a_repair_tells_of_each_file_what_became_of_it() -> None:
    told = shown(
        render.repaired(
            report(
                line("a", how="returned", at="x"),
                line("b.mp4", how="downloaded", of=OTHER, now="b.mkv"),
                line("c", how="replaced"),
                left=(line("d", detail="gone"), line("e")),
            )
        )
    )
    assert "✓ a: returned from x\n" in told
    assert f"✓ b.mp4: downloaded again as b.mkv (job {OTHER})" in told
    assert "✓ c: whole already" in told
    assert "✗ d is missing still: gone\n" in told
    assert "✗ e is missing still\n" in told
    assert "✗ 6 files of 1 job looked at: 3 repaired, 2 damaged still" in told


def test_nothing_to_repair_is_said_and_so_is_what_would_be_done() -> None:
    assert "✓ 6 files of 1 job looked at: nothing is damaged" in shown(render.repaired(report()))
    hows = {
        "a": {"how": "returned", "at": "x"},
        "b": {"how": "downloaded"},
        "c": {"how": "copied", "at": "d"},
    }
    would = tuple(line(path, **how) for path, how in hows.items())
    told = shown(render.repaired(report(left=would, dry_run=True)))
    assert "› c: missing, would be copied from d\n" in told
    assert "› a: missing, would be returned from x\n" in told
    assert "› b: missing, would be downloaded again\n" in told
    assert "✓ C: SHA256SUMS and CATALOGUE.jsonl would be written anew" in told
    assert "3 files to be repaired" in told


def test_where_no_file_had_to_be_read_that_is_said() -> None:
    none = RepairReport(ok=True, dry_run=False, jobs=0, files=0, repaired=(), left=(), renewed=("C",))
    told = shown(render.repaired(none))
    assert "✓ C: SHA256SUMS and CATALOGUE.jsonl written anew" in told
    assert "✓ no file is missing, cut, or was called damaged" in told


def test_strays_are_told_with_where_they_lie_and_were() -> None:
    moved, left, kept = (MovedFile(path=path, at="there", detail="taken") for path in "abc")
    told = shown(render.quarantine(QuarantineReport(ok=False, moved=(moved,), left=(left,), kept=(kept,))))
    assert "✓ a → there\n" in told
    assert "✗ b: taken\n" in told
    assert "c  (was there)" in told
    assert "nothing is there" in shown(render.quarantine(QuarantineReport(ok=True)))


def test_what_only_the_lists_know_stays_and_what_brings_the_log_back_is_said_once() -> None:
    left = MovedFile(path="a", detail="SHA256SUMS lists it, the log does not")
    told = shown(render.quarantine(QuarantineReport(ok=False, left=(left,), listed=1)))
    assert "SHA256SUMS lists 1 file of which the log knows nothing" in told
    assert "--listed moves them all the same" in told
    would = QuarantineReport(ok=True, dry_run=True, moved=(MovedFile(path="a", at="there"),))
    assert "› a → there" in shown(render.quarantine(would))


def test_a_job_that_repairs_another_is_not_taken_for_one_that_archived_something() -> None:
    told = shown(render.jobs_table([JobView(job_id=JOB, url="U", state=State.ARCHIVED, of=OTHER)]))
    assert f"U  repairs {OTHER[:8]}" in told
