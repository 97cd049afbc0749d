"""What is made of our metrics elsewhere, the dashboard and the alerts, knows them as they are."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.prometheus import DASHBOARD, RULES, expressions, installed, promtool
from ytarchive.domain.metrics import FAMILIES, Family, Kind

_USE: Final = re.compile(r"\b(ytarchive_[a-z_]+)(?:\{([^}]*)\})?")
_SAMPLES: Final = {
    sample: family
    for family in FAMILIES
    for sample in (
        [f"{family.name}_{end}" for end in ("bucket", "count", "sum")]
        if family.kind is Kind.HISTOGRAM
        else [family.name]
    )
}


def uses(text: str) -> list[tuple[str, list[str]]]:
    """Give the samples that are named, and by which labels they are chosen."""
    return [(name, re.findall(r"(\w+)\s*[=!]", labels or "")) for name, labels in _USE.findall(text)]


@pytest.mark.parametrize("text", [*expressions(), RULES.read_text("utf-8")])
def test_every_metric_that_is_asked_for_exists_with_these_labels(text: str) -> None:
    assert uses(text)
    for name, labels in uses(text):
        assert name in _SAMPLES, name
        assert set(labels) <= set(_SAMPLES[name].labels), (name, labels)


def test_every_metric_is_on_the_dashboard() -> None:
    shown: set[Family] = {_SAMPLES[name] for text in expressions() for name, _ in uses(text)}
    assert shown == set(FAMILIES)


def test_panels_lie_beside_each_other_and_ask_the_chosen_source() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert taken.isdisjoint(cells), panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert all(target["datasource"]["uid"] == "${source}" for target in panel.get("targets", ()))


@installed
def test_promtool_takes_the_rules_and_the_example() -> None:
    assert "SUCCESS" in promtool("check", "rules", RULES)
    assert "SUCCESS" in promtool("check", "config", RULES.with_name("prometheus.yml"))


WELL: Final = {
    'ytarchive_jobs{kind="video", state="archived"}': "1+0x180",
    "ytarchive_server_up": "1+0x180",
    "ytarchive_log_whole": "1+0x180",
    "ytarchive_log_lag_messages": "0+0x180",
    "ytarchive_dead_letters": "0+0x180",
    "ytarchive_fixity_damaged_files": "0+0x180",
    "ytarchive_audit_interval_seconds": "86400+0x180",
    'ytarchive_fixity_oldest_read_timestamp_seconds{node="n"}': "0+60x180",
    'ytarchive_actor_up{actor="storage", node="n"}': "1+0x180",
    'ytarchive_actor_missing{actor="storage"}': "0+0x180",
    'ytarchive_actor_rests{actor="download", node="n"}': "0+0x180",
    "ytarchive_min_free_bytes": "1e9+0x180",
    'ytarchive_actor_twins{actor="jobs", node="n"}': "0+0x180",
    'ytarchive_disk_free_bytes{node="n", disk="library"}': "1e12+0x180",
    'ytarchive_breaker_state{egress="n", state="open"}': "0+0x180",
    'ytarchive_queue_oldest_seconds{queue="results"}': "0+0x180",
    'ytarchive_queue_oldest_seconds{queue="download"}': "0+0x180",
    'ytarchive_failed_jobs_total{category="bug"}': "0+0x180",
    'ytarchive_dropped_log_lines_total{actor="jobs", node="n"}': "0+0x180",
}
"""An archive that is well, a sample a minute for three hours."""

AT_LAST: Final = {
    "ArchiveNotHeardOf": ('ytarchive_jobs{kind="video", state="archived"}', "1+0x80"),
    "ServerDoesNotAnswer": ("ytarchive_server_up", "1+0x160 0+0x20"),
    "ActorGone": ('ytarchive_actor_up{actor="storage", node="n"}', "1+0x160 0+0x20"),
    "ActorMissing": ('ytarchive_actor_missing{actor="storage"}', "0+0x160 1+0x20"),
    "ActorRests": ('ytarchive_actor_rests{actor="download", node="n"}', "0+0x160 1+0x20"),
    "TwoDoTheSame": ('ytarchive_actor_twins{actor="jobs", node="n"}', "0+0x160 1+0x20"),
    "LogBroken": ("ytarchive_log_whole", "1+0x160 0+0x20"),
    "ReadModelBehind": ("ytarchive_log_lag_messages", "0+0x160 5000+0x20"),
    "FilesDamaged": ("ytarchive_fixity_damaged_files", "0+0x160 2+0x20"),
    "FilesNotRead": ('ytarchive_fixity_oldest_read_timestamp_seconds{node="n"}', "-200000+0x180"),
    "DiskAlmostFull": ('ytarchive_disk_free_bytes{node="n", disk="library"}', "1e12+0x160 1e9+0x20"),
    "SiteRefuses": ('ytarchive_breaker_state{egress="n", state="open"}', "0+0x40 1+0x140"),
    "QueueStuck": ('ytarchive_queue_oldest_seconds{queue="results"}', "0+0x160 600+60x20"),
    "TaskTakesADay": ('ytarchive_queue_oldest_seconds{queue="download"}', "0+0x160 90000+60x20"),
    "DeadLetters": ("ytarchive_dead_letters", "0+0x160 1+0x20"),
    "OursToMend": ('ytarchive_failed_jobs_total{category="bug"}', "0+0x160 1+0x20"),
    "LogLinesDropped": (
        'ytarchive_dropped_log_lines_total{actor="jobs", node="n"}',
        "0+0x160 9+0x20",
    ),
}
"""What each alert waits for."""


@installed
def test_each_alert_is_given_for_what_it_is_about_and_for_nothing_else(tmp_path: Path) -> None:
    text = RULES.read_text("utf-8")
    assert set(re.findall(r"alert: (\w+)", text)) == AT_LAST.keys()
    storage = 'ytarchive_actor_up{actor="storage", node="n"}'
    tests = [
        _alerts({}, given=""),
        # one that was stopped is no more; one that vanished is missed though nobody knows of it any longer
        _alerts({storage: "1+0x140 stale"}, given=""),
        _alerts({storage: "1+0x140 0 stale"}, given="ActorGone"),
        # much is to be left
        _alerts({"ytarchive_min_free_bytes": "6e11+0x180"}, given="DiskAlmostFull"),
    ] + [_alerts({series: values}, given=alert) for alert, (series, values) in AT_LAST.items()]
    file = tmp_path / "test.yml"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    assert "SUCCESS" in promtool("test", "rules", file)


def _alerts(changed: dict[str, str], given: str) -> dict[str, Any]:
    """Ask, of an archive in which something `changed`, how many alerts of each name are given at the end."""
    series = [{"series": name, "values": values} for name, values in (WELL | changed).items()]
    expected = [{"labels": f'{{alertname="{given}"}}', "value": 1}] if given else []
    counted = 'count by (alertname) (ALERTS{alertstate="firing"})'
    return {
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [{"expr": counted, "eval_time": "178m", "exp_samples": expected}],
    }
