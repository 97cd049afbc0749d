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
        ("--proxy me:hunter2@h:1", {"hunter2"}),
        ("--proxy=hunter2@h:1", {"hunter2"}),
        ("--proxy http://me:hun/ter2@h:1", {"hun/ter2"}),
        ("--geo-verification-proxy me:hun@ter2@h:1", {"hun@ter2"}),
        ("--referer http://me:hun/ter2@h:1", {"hun/ter2"}),
        ("--password -hunter2", {"-hunter2"}),
        (
            "--add-headers 'Authorization:Bearer hunter2'",
            {"Authorization:Bearer hunter2", "Bearer hunter2", "hunter2"},
        ),
        (
            "--extractor-args 'youtube:po_token=web+hunter2;x=1'",
            {"youtube:po_token=web+hunter2;x=1", "po_token=web+hunter2;x=1", "web+hunter2", "hunter2"},
        ),
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


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("nats://me:hunter2@h:1", {"hunter2"}),
        ("me:hunter%32@h:1", {"hunter%32", "hunter2"}),
        ("hunter2@h", {"hunter2"}),
        ("nats://h:4222", set()),
        ("", set()),
    ],
)
def test_what_the_address_of_a_server_keeps_secret_is_found(address: str, secrets: set[str]) -> None:
    assert secrets_in("", address) == secrets


def test_of_two_secrets_the_longer_is_hidden_whole() -> None:
    assert without_secrets("hunter2222 failed", ["hunter", "hunter2222"]) == "*** failed"
