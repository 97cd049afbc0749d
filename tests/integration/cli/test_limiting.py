"""What is typed is taken apart, checked before anybody is asked, and answered by what the log then says."""

import msgspec
import pytest

from cli import limiting
from cli.render import limits as rendered
from schemas.settings_reports import LimitsReport
from tests.unit.cli.shown import shown
from ytarchive.errors import UsageError
from ytarchive.settings import Settings
from ytarchive.sources import Loaded


@pytest.fixture
def loaded(settings: Settings) -> Loaded:
    origins = dict.fromkeys(Settings.__struct_fields__, "default") | {"retry_pace": "/etc/config.toml:4"}
    return Loaded(settings, origins)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("videos_per_hour=100", "100"),
        ("retry_pace=2", "2.0"),
        ("retry_pace=0.5", "0.5"),
        ("limit_rate=500K", "500000"),
        ("min_free_bytes=2Gi", f"{2 << 30}"),
        ("limit_rate=0", "0"),
        ("log_level=debug", "debug"),
    ],
)
def test_a_limit_is_taken_as_its_setting_has_it(word: str, value: str) -> None:
    assert limiting.parsed(word, "").value == value


@pytest.mark.parametrize(
    ("words", "node", "said", "hint"),
    [
        (["videos_per_hour"], "", "not of the form NAME=VALUE: 'videos_per_hour'", "videos_per_hour=100"),
        (["videos_per_hou=1"], "", "unknown limit: 'videos_per_hou'", "mean `videos_per_hour`?"),
        (["zeal=1"], "", "unknown limit: 'zeal'", "There are: download_workers, "),
        (["node=attic"], "", "unknown limit: 'node'", "There are: "),
        (["download_workers=many"], "", "download_workers cannot be 'many': 1 to 64 is allowed", ""),
        (["download_workers=-1"], "", "download_workers cannot be '-1': 1 to 64 is allowed", ""),
        (["log_level=loud"], "", "log_level cannot be 'loud': debug, info, warning, error is allowed", ""),
        (["videos_per_hour=1"], "attic", "videos_per_hour is the same on all nodes", ""),
        (["log_level=info"], "at tic", "not a node: 'at tic'", ""),
        (["retry_pace=3", "retry_pace=5"], "", "retry_pace is given twice", "one value"),
        (
            ["limit_rate=fast"],
            "",
            "limit_rate cannot be 'fast': 0 to 1,099,511,627,776, or such as 500K, 1Gi is allowed",
            "",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    loaded: Loaded, words: list[str], node: str, said: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        limiting.set_limits(loaded, words, node, "", as_json=False)
    assert str(refused.value) == said
    assert hint in refused.value.hint


@pytest.mark.parametrize("everything", [True, False])
def test_what_is_to_be_reset_is_said_clearly(loaded: Loaded, *, everything: bool) -> None:
    names = ["retry_pace"] if everything else []
    with pytest.raises(UsageError, match="which limits"):
        limiting.reset_limits(loaded, names, "", "", everything=everything, as_json=False)
    with pytest.raises(UsageError, match="unknown limit: 'zeal'"):
        limiting.reset_limits(loaded, ["zeal"], "", "", everything=False, as_json=False)


def test_where_nobody_answers_nothing_is_known_of_limits(settings: Settings) -> None:
    away = msgspec.structs.replace(settings, nats_url="nats://127.0.0.1:1")
    assert limiting.limited(away) == {}


def test_limits_are_shown_with_what_was_changed_when_why_and_by_which_event(loaded: Loaded) -> None:
    log = limiting.LimitsLog()
    report = log.report(loaded)
    assert [line.name for line in report.limits][:2] == ["download_workers", "metadata_workers"]
    first, *rest = report.limits
    changed = msgspec.structs.replace(first, node="attic", value="8", reason="night", event=3, seq=812)
    changed = msgspec.convert(
        msgspec.to_builtins(changed) | {"changed": "2026-11-26T04:30:05Z"}, type=type(first)
    )
    text = shown(rendered(LimitsReport(limits=(first, changed, *rest))), 120)
    assert "download_workers               2   2 (default)" in text
    assert "on attic                     8" in text
    assert "event 3: night" in text
    assert "1.0 (config.toml:4)" in text
