"""``config check``: all that is wrong with a configuration file, ``.env`` and the environment, at once."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from cli import render
from cli.output import show, write_json
from cli.session import check_apart
from schemas.settings_reports import CheckReport, ProblemLine
from ytarchive.errors import UsageError
from ytarchive.profiles import options_for
from ytarchive.runtime.credentials import logins_of
from ytarchive.runtime.signing import check_signing
from ytarchive.sources import DEFAULT, Loaded, config_file, examine
from ytarchive.sources.problems import Problem, source
from ytarchive.sources.variables import CONFIG
from ytarchive.ytdlp.options import base_params, listed


def check(file: Path | None, overrides: Mapping[str, Any], *, as_json: bool) -> int:
    """Tell what is wrong, of `file` in place of the usual one. Gives 1 where anything is refused."""
    environ = {**os.environ, **({CONFIG: str(file)} if file else {})}
    path, found = config_file(environ), examine(overrides, environ)
    problems = _in_order([*found.problems, *_senseless(found)])
    report = CheckReport(
        ok=all(problem.warning for problem in problems),
        file=str(path),
        missing=not path.exists(),
        set=dict(Counter(source(origin) for origin in found.origins.values() if origin != DEFAULT)),
        profiles=tuple(found.profiles),
        problems=tuple(
            ProblemLine(where=one.where, what=one.what, hint=one.hint, warning=one.warning)
            for one in problems
        ),
    )
    if as_json:
        write_json(report)
    else:
        for shown in (*map(render.problem, problems), render.checked(report)):
            show(shown)
    return 0 if report.ok else 1


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Give them by source, as these were read, and in each by line."""
    sources = list(dict.fromkeys(source(one.where) for one in problems))
    return sorted(problems, key=lambda one: (sources.index(source(one.where)), one.line))


def _senseless(found: Loaded) -> Iterator[Problem]:
    """Look at what has the right form, and may mean nothing all the same."""
    settings = found.settings
    looks: dict[str, Callable[[], object]] = {
        "library_dir": lambda: check_apart(settings),
        "state_dir": lambda: check_apart(settings),
        "nats_credentials": lambda: settings.nats_credentials and logins_of(settings.nats_credentials),
        "signing_key_file": lambda: check_signing(settings),
        "profile": lambda: options_for(found.profiles, settings.profile, {}),
        "sites": lambda: listed("sites", settings.sites),
        "subtitle_languages": lambda: listed("subtitle_languages", settings.subtitle_languages),
        "ytdlp_options": lambda: base_params(structs.replace(settings, sites="", subtitle_languages="")),
    }
    told: set[str] = set()
    for name, look in looks.items():
        if found.origins[name] == DEFAULT:
            continue
        try:
            look()
        except UsageError as error:
            if str(error) not in told:  # of two settings that do not go together, the first
                yield Problem(where=found.origins[name], what=str(error), hint=error.hint)
            told.add(str(error))
