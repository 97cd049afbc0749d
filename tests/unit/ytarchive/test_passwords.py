import pytest

from ytarchive.passwords import (
    address_without_login,
    holds_password,
    option_names,
    options_without_passwords,
    secrets_in,
    value_without_passwords,
    without_passwords,
)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("--limit-rate 1M -4 --retries=5", "--limit-rate 1M -4 --retries=5"),
        ("--proxy socks5://me:geheim@host:1", "--proxy socks5://***@host:1"),
        ("--username me --password geheim -4", "--username me --password *** -4"),
        ("--password=geheim", "--password=***"),
        ("--passw 'ge heim'", "--passw ***"),
        ("--p geheim", "--p ***"),
        ("-p geheim -2 geheim", "-p *** -2 ***"),
        ("-pgeheim2 -4pgeheim", "-p*** -4p***"),
        ("--video-pass geheim", "--video-pass ***"),
        ('--add-headers "Cookie: geheim"', "--add-headers ***"),
        ("--extractor-args youtube:po_token=geheim", "--extractor-args ***"),
        ("--password my geheim", "--password *** ***"),
        ("geheim", "***"),
        ("--retries=5 geheim", "--retries=5 ***"),
        ("--password 'geheim", "***"),
        ("--cookies '/a b'", "--cookies '/a b'"),
        ("--proxy me:geheim@h:1", "--proxy ***@h:1"),
        ("--proxy=me:geheim@h:1 -4", "--proxy=***@h:1 -4"),
        ("--prox geheim@h", "--prox ***@h"),
        ("--geo-verification-proxy me:ge@/heim@h:1", "--geo-verification-proxy ***@h:1"),
        ("--proxy http://me:ge/heim@h:1", "--proxy http://***@h:1"),
        ("--referer http://me:ge/heim@h:1", "--referer http://***@h:1"),
        ("--referer https://h:443/@channel", "--referer https://h:443/@channel"),
        ("--password -geheim", "--password ***"),
        ("-p -geheim", "-p ***"),
        ("-- geheim", "-- ***"),
        ("- geheim", "- ***"),
        ("--pasword geheim", "--pasword ***"),
        ("--netrc-cmd 'pass geheim' -4", "--netrc-cmd *** -4"),
        ("--alias x '--passw geheim'", "--alias x '--passw ***'"),
        ("--username me@mail --geo-bypass-country AT", "--username me@mail --geo-bypass-country AT"),
        ("", ""),
    ],
)
def test_options_are_shown_without_what_nobody_may_see(options: str, shown: str) -> None:
    assert options_without_passwords(options) == shown
    assert value_without_passwords("ytdlp_options", options) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nats://me:geheim@host", "nats://***@host"),
        ("nats://a:geheim@h:1,nats://b:geheim@h:2", "nats://***@h:1,nats://***@h:2"),
        ('nats_url = "me:geheim@@@host"', 'nats_url = "***@host"'),
        ("YTARCHIVE_NATS_URL=me:geheim@host", "YTARCHIVE_NATS_URL=***@host"),
        ("https://www.youtube.com/@somebody", "https://www.youtube.com/@somebody"),
        (
            'ytdlp_options = "--password geheim --proxy http://a:geheim@h"',
            'ytdlp_options = "--password *** --proxy http://***@h"',
        ),
        (r'x = "--password \"ge heim\" -p geheim"', 'x = "--password *** -p ***"'),
        ("--video-password='ge heim'", "--video-password=***"),
        ("no password is here", "no password is here"),
        ("mail me@host", "mail me@host"),
        ('ytdlp_options = "--proxy me:geheim@h:1"', 'ytdlp_options = "--proxy ***@h:1"'),
        ("http_proxy=me:geheim@h:1", "http_proxy=***@h:1"),
        ("no way to http://me:ge/h@eim@h:1/", "no way to http://***@h:1/"),
        ("nats://h:1,nats://b:ge/heim@h:2", "nats://h:1,nats://***@h:2"),
        ("--passw geheim --add-head 'Cookie: geheim'", "--passw *** --add-head ***"),
        ("http://127.0.0.1:80/@somebody", "http://127.0.0.1:80/@somebody"),
    ],
)
def test_any_text_is_shown_without_passwords(text: str, shown: str) -> None:
    assert without_passwords(text) == shown


def test_what_is_not_set_is_shown_as_nothing() -> None:
    assert value_without_passwords("nats_credentials", None) == ""


def test_without_options_there_are_no_secrets() -> None:
    assert secrets_in("") == frozenset()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("nats://me:geheim@host:1", "nats://***@host:1"),
        ("nats://a:geheim@h:1,nats://b:geheim@h:2", "nats://***@h:2"),
        ("me:geheim@@@host", "***@host"),
        ("nats://me:ge/heim@host", "nats://***@host"),
        ("nats://host:4222", "nats://host:4222"),
        ("host", "host"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_its_login_however_wrong_it_is(address: str, shown: str) -> None:
    assert address_without_login(address) == value_without_passwords("nats_url", address) == shown
    assert holds_password("nats_url", address) == ("@" in address)


def test_options_have_names_without_values() -> None:
    assert option_names("--proxy=geheim -pgeheim -4 --password -geheim geheim") == [
        "--proxy",
        "-p",
        "-4",
        "--password",
    ]
    assert option_names("--password 'geheim") == []
