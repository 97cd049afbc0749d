"""Somebody's machine: a home of its own, the installed program in it, and every process that came of it."""

import contextlib
import json
import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import psutil

from tests.e2e import answers
from ytarchive.library.inventory import is_inventory
from ytarchive.runtime.state_dir import ServerInfo, running

PROGRAM: Final = Path(sysconfig.get_path("scripts")) / "ytarchive"
MARK: Final = "E2E_HOME"
"""The variable by which a process is known to be of a home, whoever its parent is by now."""

_NOBODY: Final = 3
_NOT_OURS: Final = ("YTARCHIVE_", "XDG_", "COLUMNS", "COVERAGE_")
"""What a home does not inherit. To measure coverage there would nearly double what its programs take: it is
by what they do that they are judged, and the tests of the parts cover their lines."""

Json = dict[str, Any]


class Ended(NamedTuple):
    """What a command left: its exit code and all it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Json]:
        """The output as lines of JSON; anything else in it is an error."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def document(self) -> Json:
        """The output as one document."""
        (document,) = self.lines
        return document

    @property
    def error(self) -> Json:
        """The error, for programs: the last line of what was not asked for."""
        error: Json = json.loads(self.err.splitlines()[-1])
        return error

    @property
    def summary(self) -> Json:
        """The last of the lines."""
        return self.lines[-1]


class Home:
    """A home in which no `ytarchive` ever ran, on a machine whose YouTube is behind `proxy`.

    It is closed like a file; then nothing of it may run any more.
    """

    def __init__(self, folder: Path, proxy: str) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.library = folder / "library"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_NOT_OURS) and not name.lower().endswith("_proxy")
        }
        self.environment = inherited | {
            MARK: str(folder),
            "HOME": str(folder),
            "TMPDIR": str(self.temporary),
            "YTARCHIVE_STATE_DIR": str(self.state),
            "YTARCHIVE_LIBRARY_DIR": str(self.library),
            "YTARCHIVE_NODE": "here",
            "YTARCHIVE_TASK_TIMEOUT": "5",
            "YTARCHIVE_RETRY_PACE": "0.1",
            "YTARCHIVE_YTDLP_OPTIONS": f"--proxy {proxy} --no-check-certificates",
            "FORCE_COLOR": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.must_be_quiet()

    def run(self, *words: object, code: int | None = 0, seconds: float = 180, **environment: str) -> Ended:
        """Run `ytarchive` with `words` to its end, which must be with `code` unless that is None."""
        with self.start(*words, **environment) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                raise AssertionError(f"{words}: not done after {seconds} s\n{out}\n{err}") from None
        assert code in (None, process.returncode), f"{words}: exit {process.returncode}\n{out}\n{err}"
        assert "\x1b" not in out + err, f"{words}: colours where no terminal is\n{out!r}\n{err!r}"
        if "--json" in words:
            answers.check([str(word) for word in words], process.returncode, out, err)
        return Ended(process.returncode, out, err)

    @contextlib.contextmanager
    def start(self, *words: object, **environment: str) -> "Iterator[subprocess.Popen[str]]":
        """Run `ytarchive` with `words` while the block lasts; what is left of it then is killed."""
        process = subprocess.Popen(
            [PROGRAM, *map(str, words)],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    @contextlib.contextmanager
    def up(self, **environment: str) -> "Iterator[subprocess.Popen[str]]":
        """Run `ytarchive up` while the block lasts, and end it as a supervisor does."""
        log = self.folder / "up.log"
        with log.open("a") as output:
            process = subprocess.Popen(
                [PROGRAM, "up"],
                cwd=self.folder,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        with process:
            assert process.stdout
            try:
                first = process.stdout.readline()
                assert "is up" in first, f"{first}\n{log.read_text()}"
                yield process
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait(60)

    @property
    def server(self) -> ServerInfo:
        """The server that runs here."""
        found = running(self.state)
        assert found, f"no server runs on {self.state}"
        return found

    def submit(self, *urls: str) -> list[str]:
        """Ask the running system for videos and give the ids of their jobs."""
        answer = self.run("submit", *urls, "--json").document
        return [job["job_id"] for job in answer["jobs"]]

    def status(self, job: str) -> Json:
        """Give what `status --json` says."""
        return self.run("status", job, "--json").document

    def until_ended(self, job: str, state: str = "archived", *, seconds: float = 180) -> Json:
        """Wait until a job has ended, which must be in `state`, and give its status."""

        def watched() -> bool:  # nobody answers while server or jobs actor are started again
            return self.run("watch", job, "--json", code=None, seconds=seconds).code != _NOBODY

        until(watched, f"job {job} to end", seconds=seconds, every=0.3)
        status = self.status(job)
        assert status["state"] == state
        return status

    def until_downloading(self, job: str) -> Path:
        """Wait until bytes of the media arrive, and give the partial file."""
        growing: list[Path] = []

        def grows() -> bool:
            growing[:] = [part for part, size in self.parts().items() if size and part.parent.name == job]
            return bool(growing)

        until(grows, f"job {job} to download")
        return growing[0]

    def files(self) -> dict[str, int]:
        """Give the size of every file a person sees in the library, by its path there.

        What the folders say of themselves is not among them.
        """
        sizes = dict[str, int]()
        for folder, folders, names in os.walk(self.library):
            if ".ytarchive" in folders:
                folders.remove(".ytarchive")
            for path in (Path(folder, name) for name in names):
                sizes[path.relative_to(self.library).as_posix()] = path.stat().st_size
        return {path: size for path, size in sizes.items() if not is_inventory(path)}

    def staged(self) -> list[Path]:
        """Give what is in staging, folders included."""
        # no glob, which cannot stand what goes away
        walked = os.walk(self.library / ".ytarchive" / "staging")
        return [Path(folder, name) for folder, folders, files in walked for name in (*folders, *files)]

    def parts(self) -> dict[Path, int]:
        """Give the size of every partial file of the downloads under way."""
        found = dict[Path, int]()
        for path in self.staged():
            if path.suffix == ".part":
                with contextlib.suppress(FileNotFoundError):
                    found[path] = path.stat().st_size
        return found

    def processes(self) -> list[psutil.Process]:
        """Give whatever runs with this home, our own children and orphans alike."""
        return [process for process in psutil.process_iter() if _home_of(process) == str(self.folder)]

    def actor(self, name: str) -> psutil.Process:
        """Give the process of an actor."""
        found: list[psutil.Process] = []

        def alone() -> bool:  # a child of its own looks like it until it is another program
            found[:] = (process for process in self.processes() if _words(process)[-2:] == ["actors", name])
            return len(found) == 1

        until(alone, f"the actor {name}")
        return found[0]

    def programs(self, *names: str) -> list[psutil.Process]:
        """Give the processes of foreign programs, such as ffmpeg."""
        return [
            process
            for process in self.processes()
            if any(word in Path((_words(process) or [""])[0]).name for word in names)
        ]

    def must_be_quiet(self, seconds: float = 5) -> None:
        """Assert that nothing of this home runs, or not for long. What does is killed."""
        try:
            until(lambda: not self.processes(), "every process to end", seconds=seconds, every=0.1)
        except AssertionError:
            left = self.processes()
            told = [" ".join(_words(process)) for process in left]
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            if told:
                raise AssertionError(f"left running in {self.folder}: {told}") from None


def until(condition: Callable[[], object], what: str, *, seconds: float = 120, every: float = 0.05) -> None:
    """Wait for what other processes do: it raises no event here."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(every)


def marked() -> set[str]:
    """Give the homes of all processes that have one."""
    return set(filter(None, map(_home_of, psutil.process_iter())))


def _home_of(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):  # gone, a zombie, or somebody else's
        return ""


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
