import os
import stat
from pathlib import Path

import msgspec
import pytest

from ytarchive.errors import UsageError
from ytarchive.runtime.credentials import ROLES, Login, ensure_credentials, load_credentials


def test_every_role_gets_a_password_of_its_own_in_a_file_only_we_can_read(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        logins = ensure_credentials(tmp_path)
    finally:
        os.umask(previous)
    assert set(logins) == set(ROLES)
    assert len({login.password for login in logins.values()}) == len(ROLES)
    assert all(len(login.password) >= 43 for login in logins.values())
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]


def test_passwords_stay_the_same_and_differ_between_folders(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    logins = ensure_credentials(tmp_path)
    assert ensure_credentials(tmp_path) == logins
    assert load_credentials(tmp_path / "credentials.json", "cli") == logins["cli"]
    assert ensure_credentials(tmp_path / "other")["cli"] != logins["cli"]


def test_a_role_that_is_new_is_added_and_the_others_keep_their_passwords(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    logins = ensure_credentials(tmp_path)
    path.write_bytes(msgspec.json.encode({"cli": logins["cli"]}))
    again = ensure_credentials(tmp_path)
    assert again["cli"] == logins["cli"]
    assert set(again) == set(ROLES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610])
def test_a_file_open_to_others_is_refused_and_left_alone(tmp_path: Path, mode: int) -> None:
    ensure_credentials(tmp_path)
    path = tmp_path / "credentials.json"
    content = path.read_bytes()
    path.chmod(mode)
    for refused in (lambda: load_credentials(path, "cli"), lambda: ensure_credentials(tmp_path)):
        with pytest.raises(UsageError, match=f"open to others \\(mode {mode:o}\\)") as error:
            refused()
        assert f"chmod 600 {path}" in error.value.hint
    assert path.read_bytes() == content


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    ensure_credentials(tmp_path)
    os.chown(tmp_path / "credentials.json", 12345, 12345)
    with pytest.raises(UsageError, match="somebody else"):
        load_credentials(tmp_path / "credentials.json", "cli")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"cli": "secret"}',
        b'{"cli": {"user": "cli"}}',
        b'{"cli": {"user": 1, "password": "x"}}',
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_not_of_the_shape_is_refused_without_showing_what_is_in_it(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "credentials.json"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a credentials file") as error:
        load_credentials(path, "cli")
    assert "secret" not in f"{error.value}{error.value.hint}"
    with pytest.raises(UsageError):
        ensure_credentials(tmp_path)
    assert path.read_bytes() == content


def test_a_missing_file_a_folder_and_a_missing_role_each_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no credentials file"):
        load_credentials(tmp_path / "absent.json", "cli")
    with pytest.raises(UsageError, match="cannot be read"):
        load_credentials(tmp_path, "cli")
    ensure_credentials(tmp_path)
    with pytest.raises(UsageError, match="no login for the role 'nobody'") as error:
        load_credentials(tmp_path / "credentials.json", "nobody")
    assert "admin, cli" in error.value.hint


def test_a_login_that_is_printed_does_not_show_its_password() -> None:
    login = Login("cli", "hunter2")
    assert "hunter2" not in f"{login} {login!r} {login.__rich_repr__()}"
