"""``.env``: its variables, and every line that says nothing.

Other programs may share the file, or have one of that name. Their variables are none of our business; a line
that nobody can read is.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from ytarchive.settings import Settings
from ytarchive.sources.problems import MOST, UNTOLD, Layer, Problem, exposed, no_text, readable
from ytarchive.sources.variables import CONFIG, PREFIX, known, meant_by, settings_in, slip, variable

if TYPE_CHECKING:
    from dotenv.parser import Binding

_SHARED: Final = frozenset({"LOG_LEVEL", "NATS_URL", "NODE", "PROFILE", "SITES"})
"""Without our prefix, others have them too."""
_WORD: Final = re.compile(r"[^\s=:]+")
_QUOTED: Final = re.compile(r"\s*(?:export\s+)?(?:'[^']*'|[^\s=]+)\s*=[^\S\n]*'")
"""In single quotes a text stays as it is, as in a shell; python-dotenv replaces ``${NAME}`` everywhere."""


def env_file(path: Path) -> Layer:
    """Read the file, if there is one."""
    text, problem = readable(path, shared=True)
    if problem:  # it has that name, and is an environment of Python, or somebody else's
        hint = "If it is not meant for ytarchive, that does not matter."
        return Layer(problems=[structs.replace(problem, hint=hint, warning=True)])
    if "\0" in text:  # of two bytes to a sign, as Windows may write
        problem = no_text(f"{path}:1")
        return Layer(problems=[structs.replace(problem, warning=PREFIX not in text.replace("\0", ""))])
    if not text:
        return Layer()
    from dotenv import dotenv_values  # noqa: PLC0415 - 12 ms for those alone who have the file

    places: dict[str, str] = {}
    understood: list[str] = []
    literal: dict[str, str] = {}
    problems: list[Problem] = []
    for line, said, binding in _statements(re.sub("\r\n?", "\n", text)):
        where = f"{path}:{line}"
        if len(problems) >= MOST:
            problems.append(Problem(where=where, what=UNTOLD, warning=PREFIX not in text))
            break
        if binding.error:
            problems.append(_unreadable(said, where, _fault(said)))
            continue
        understood.append(said)
        if (name := binding.key) is None:
            continue
        if binding.value is None:
            problems.append(_unreadable(said, where, "there is no = in this line, and it says nothing"))
            continue
        problems += _unheard(name, where)
        if name in places and name in known():
            what = f"{name} is said again in line {line}, which counts"
            problems.append(Problem(where=places[name], what=what, hint="Keep one of the two.", warning=True))
        places[name] = where
        literal.pop(name, None)
        if _QUOTED.match(said):
            literal[name] = binding.value
    values = dotenv_values(stream=io.StringIO("".join(understood))) | literal
    layer = settings_in({name: value for name, value in values.items() if not _strange(value)}, places)
    layer.problems += [
        no_text(places[name]) for name in values.keys() & set(known()) if _strange(values[name])
    ]
    layer.problems += problems + exposed(path, layer.values)
    return layer


def _strange(value: str | None) -> bool:
    """Tell whether there is something in a value that is no UTF-8."""
    return any("\ud800" <= sign <= "\udfff" for sign in value or "")


def _statements(text: str) -> Iterator[tuple[int, str, "Binding"]]:
    """Give whatever stands in the text, with its line, from 1, and what it says.

    Whoever forgot a quote meant one line: what is behind that is read by itself.
    """
    from dotenv.parser import parse_stream  # noqa: PLC0415 - as above

    start, line = 0, 1
    while start < len(text):
        for binding in parse_stream(io.StringIO(text[start:])):
            whole = binding.original.string
            said = whole.lstrip()
            first, _, behind = said.partition("\n")
            line += whole.count("\n", 0, len(whole) - len(said))
            yield line, first if binding.error else said, binding
            start += len(whole)
            line += said.count("\n")
            if binding.error and behind:
                start -= len(behind)
                line -= behind.count("\n")
                break


def _fault(said: str) -> str:
    value = said.partition("=")[2].strip()
    if (quote := value[:1]) not in {'"', "'"}:
        return "not a line of the form NAME=VALUE"
    return (
        f"something stands behind the {quote} that ends the text"
        if quote in value[1:]
        else f"the text has no {quote} at its end"
    )


def _unreadable(said: str, where: str, what: str) -> Problem:
    """Tell of a line, without showing it: there may be a password in it."""
    words = [word.strip("\"'$") for word in _WORD.findall(said)]
    near = next(filter(None, (word if word in known() else meant_by(word) for word in words)), "")
    hint = f"Write `{near}=VALUE`." if near else "Write NAME=VALUE, or # in front of a comment."
    return Problem(where=where, what=what, hint=hint, warning=True)


def _unheard(name: str, where: str) -> list[Problem]:
    """Warn of a variable that looks as if it were ours."""
    if name == CONFIG:
        what = f"{name} says nothing here"
        return [Problem(where=where, what=what, hint="Set it in the environment.", warning=True)]
    if name in known():
        return []
    near = meant_by(name)
    if name.lower() in Settings.__struct_fields__ and name not in _SHARED:
        near = variable(name)
    return [slip(name, where, near)] if near or name.startswith(PREFIX) else []
