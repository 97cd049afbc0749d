import subprocess
import sys

from ytarchive.runtime import lock


def test_who_holds_the_directory_is_named_by_its_command() -> None:
    waits = "print('here', flush=True); input()"
    words = [sys.executable, "-c", waits, "/bin/ytarchive", "events", "export", "x" * 100]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"here\n"  # before, it has the words of whoever starts it
        told = lock._words(str(process.pid))
    assert told.startswith(": events export xxx")
    assert len(told) == 80
    assert lock._words("0") == ""
