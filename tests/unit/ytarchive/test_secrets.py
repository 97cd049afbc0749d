"""Secrets are found where they were given, and stars stand where they would be told."""

import pytest

from ytarchive.passwords import secrets_in, without_secrets


@pytest.mark.parametrize(
    ("options", "secrets"),
    [
        ("--proxy http://me:hunter2@proxy:8080", {"hunter2"}),
        ("--proxy=socks5://me:p%40ss@proxy", {"p%40ss", "p@ss"}),
        ("--username me --password hunter2 --no-mtime", {"hunter2"}),
        ("--passw hunter2", {"hunter2"}),
        ("--video-password=hunter2", {"hunter2"}),
        ("-phunter2", {"hunter2"}),
        ("-p hunter2", {"hunter2"}),
        ("--add-headers 'Cookie: SID=abcdef'", {"Cookie: SID=abcdef", "SID=abcdef"}),
        ("", set()),
        ("--password", set()),
        ("--password x", set()),
        ("--proxy http://[::1 --password 'open", set()),
        ("--proxy http://[::1", set()),
        ("-4phunter2", {"hunter2"}),
        ("--user-agent secret --cookies /home/me/cookies.txt", set()),
    ],
)
def test_what_options_keep_secret_is_found(options: str, secrets: set[str]) -> None:
    assert secrets_in(options) == secrets


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("no way to http://me:hunter2@proxy:8080/", "no way to http://***@proxy:8080/"),
        ("https://www.youtube.com/@channel", "https://www.youtube.com/@channel"),
        ("{'Cookie': 'SID=abc; HSID=def'}", "{'Cookie': ***"),
        ("Authorization: Basic bWU6aHVudGVyMg==\nHost: a", "Authorization: ***\nHost: a"),
        ("use --cookies-from-browser", "use --cookies-from-browser"),
        ("login with hunter2 failed", "login with *** failed"),
    ],
)
def test_stars_stand_where_a_secret_would_be_told(told: str, shown: str) -> None:
    assert without_secrets(told, {"hunter2"}) == shown
