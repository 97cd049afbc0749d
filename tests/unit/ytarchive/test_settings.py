from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import subjects
from schemas.queries import AskLeave
from ytarchive.errors import UsageError
from ytarchive.settings import Settings, as_path
from ytarchive.sources import config_file, load

VALUES: list[tuple[str, str, object]] = [
    ("state_dir", "/srv/state", Path("/srv/state")),
    ("library_dir", "/srv/library", Path("/srv/library")),
    ("nats_url", "nats://host:4222", "nats://host:4222"),
    ("nats_credentials", "/etc/keys.json", Path("/etc/keys.json")),
    ("node", "attic", "attic"),
    ("download_workers", "4", 4),
    ("metadata_workers", "2", 2),
    ("sites", "youtube,vimeo", "youtube,vimeo"),
    ("ytdlp_options", "--proxy socks5://host", "--proxy socks5://host"),
    ("subtitle_languages", "de,fr", "de,fr"),
    ("profile", "music", "music"),
    ("log_level", "debug", "debug"),
    ("log_days", "7", 7),
    ("log_bytes", "2Mi", 2 << 20),
    ("task_timeout", "12.5", 12.5),
    ("limit_rate", "500K", 500_000),
    ("retry_pace", "0.25", 0.25),
    ("videos_per_hour", "0", 0),
    ("min_free_bytes", "2Gi", 2 << 30),
    ("signing_key_file", "/keys/archive.pem", Path("/keys/archive.pem")),
    ("checkpoint_every", "7", 7),
    ("metrics_port", "9464", 9464),
    ("metrics_host", "::1", "::1"),
    ("server_patience", "0", 0.0),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder, a home and a configuration folder with nothing in them."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path


def environment(**values: str) -> dict[str, str]:
    return {f"YTARCHIVE_{name.upper()}": value for name, value in values.items()}


def config(text: str, **values: str) -> dict[str, str]:
    """Write a TOML file, and give an environment that names it."""
    Path("config.toml").write_text(text, encoding="utf-8")
    return environment(config="config.toml", **values)


def complaint(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as refused:
        load(overrides, environ or {})
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_with_no_source_at_all_everything_is_a_default_and_every_path_absolute(here: Path) -> None:
    loaded = load({}, {})
    assert set(loaded.origins) == set(Settings.__struct_fields__)
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.settings.state_dir == here / "xdg_state_home" / "ytarchive"
    assert loaded.settings.library_dir.is_absolute()
    assert loaded.settings.staging_dir == loaded.settings.library_dir / ".ytarchive" / "staging"


def test_the_machine_has_a_name_that_fits_into_a_subject() -> None:
    msgspec.convert({"node": load({}, {}).settings.node}, Settings)


@pytest.mark.parametrize(("name", "text", "value"), VALUES)
def test_every_setting_can_come_from_every_source(name: str, text: str, value: object) -> None:
    """Given a value in one source alone, when loaded, then it is in force and its origin told."""
    toml = f"{name} = {value}" if isinstance(value, int | float) else f'{name} = "{text}"'
    Path("config.toml").write_text(toml, encoding="utf-8")
    found = {"config.toml": load({}, environment(config="config.toml"))}
    Path(".env").write_text(f"YTARCHIVE_{name.upper()}='{text}'\n", encoding="utf-8")
    found[".env"] = load({}, {})
    Path(".env").unlink()
    found["environment"] = load({}, environment(**{name: text}))
    found["option"] = load({name: value}, {})
    for origin, loaded in found.items():
        assert getattr(loaded.settings, name) == value
        places = {"config.toml": "config.toml:1", ".env": ".env:1"}
        assert [one for one in loaded.origins.items() if one[1] != "default"] == [
            (name, places.get(origin, origin))
        ]


def test_an_amount_of_bytes_is_said_with_its_unit_and_what_is_none_is_refused() -> None:
    assert load({}, config('min_free_bytes = "1.5G"')).settings.min_free_bytes == 1_500_000_000
    assert "limit_rate = 'fast'" in complaint({}, environment(limit_rate="fast"))
    assert "download_workers = '4K'" in complaint({}, environment(download_workers="4K"))


@pytest.mark.parametrize(
    "url",
    [
        "me:geheim@@@host",
        "http://host",
        "nats://",
        "nats://host:99999",
        "nats://h:4222,nats://i:4222",
        "nats://a b",
    ],
)
def test_an_address_of_another_form_is_refused_before_anybody_connects(url: str) -> None:
    told = complaint({}, environment(nats_url=url))
    assert "nats_url = *** is not of the form it must have" in told
    assert "geheim" not in told


@pytest.mark.parametrize(
    "url", ["nats://me:p%40ss@host:4222", "tls://host", "localhost:4222", "nats://[::1]:4222"]
)
def test_an_address_of_a_server_is_taken(url: str) -> None:
    assert load({}, environment(nats_url=url)).settings.nats_url == url


def test_no_setting_is_missing_from_the_test_above() -> None:
    assert [name for name, _, _ in VALUES] == list(Settings.__struct_fields__)


def test_the_stronger_source_wins() -> None:
    """Given each source with a value less than the one before, then each wins where none stronger speaks."""
    environ = config('node = "toml"\nsites = "toml"\nlog_level = "error"\nnats_url = "toml"\n')
    Path(".env").write_text(
        "YTARCHIVE_SITES=dotenv\nYTARCHIVE_LOG_LEVEL=debug\nYTARCHIVE_NATS_URL=dotenv\n", encoding="utf-8"
    )
    environ |= environment(log_level="warning", nats_url="environment")
    loaded = load({"nats_url": "option"}, environ)
    won = {name: (getattr(loaded.settings, name), loaded.origins[name]) for name in loaded.origins}
    assert won["node"] == ("toml", "config.toml:1")
    assert won["sites"] == ("dotenv", ".env:1")
    assert won["log_level"] == ("warning", "environment")
    assert won["nats_url"] == ("option", "option")
    assert won["log_days"] == (30, "default")


@pytest.mark.parametrize(
    ("downloads", "stated", "look_ups"), [(1, 0, 1), (4, 0, 1), (5, 0, 2), (64, 0, 16), (8, 1, 1)]
)
def test_there_are_enough_look_ups_for_the_downloads(
    settings: Settings, downloads: int, stated: int, look_ups: int
) -> None:
    given = msgspec.structs.replace(settings, download_workers=downloads, metadata_workers=stated)
    assert given.look_ups == look_ups


def test_an_option_that_was_not_given_says_nothing() -> None:
    assert load({"node": None}, environment(node="attic")).settings.node == "attic"


def test_an_empty_variable_counts_as_unset() -> None:
    loaded = load({}, environment(node="", download_workers="", library_dir="", log_level=""))
    assert set(loaded.origins.values()) == {"default"}


def test_an_empty_variable_counts_where_empty_means_something() -> None:
    """Given a file with values, when the environment empties them, then they are empty."""
    environ = config(
        'subtitle_languages = "de"\nnats_url = "nats://host"\nytdlp_options = "-4"\n',
        subtitle_languages="",
        nats_url="",
        ytdlp_options="",
    )
    loaded = load({}, environ)
    assert (
        loaded.settings.subtitle_languages == loaded.settings.nats_url == loaded.settings.ytdlp_options == ""
    )
    assert loaded.origins["nats_url"] == "environment"


def test_the_configuration_folder_is_looked_into_without_being_told(here: Path) -> None:
    path = here / "xdg_config_home" / "ytarchive" / "config.toml"
    assert config_file({}) == path
    path.parent.mkdir(parents=True)
    path.write_text('node = "attic"', encoding="utf-8")
    loaded = load({}, {})
    assert (loaded.settings.node, loaded.origins["node"]) == ("attic", f"{path}:1")


@pytest.mark.parametrize("source", ["environment", "config.toml", "option", ".env"])
def test_paths_are_seen_from_the_current_folder_and_from_home(source: str, here: Path) -> None:
    """Given a relative path and one with ``~`` in any source, when loaded, then both are absolute."""
    values = {"library_dir": "media/../library", "state_dir": "~/state"}
    overrides, environ = {}, {}
    if source == "option":
        overrides = {"library_dir": Path("media/../library"), "state_dir": "~/state"}
    elif source == "environment":
        environ = environment(**values)
    elif source == ".env":
        Path(".env").write_text(
            "".join(f"{name}={value}\n" for name, value in environment(**values).items()), encoding="utf-8"
        )
    else:
        environ = config("".join(f'{name} = "{value}"\n' for name, value in values.items()))
    settings = load(overrides, environ).settings
    assert settings.library_dir == here / "library"
    assert settings.state_dir == here / "home" / "state"


def test_a_library_that_is_a_symbolic_link_stays_as_named(here: Path) -> None:
    (here / "disk").mkdir()
    (here / "link").symlink_to(here / "disk")
    assert load({"library_dir": "link"}, {}).settings.library_dir == here / "link"


def test_who_we_are_to_a_site_is_the_node_and_what_its_options_make_of_it() -> None:
    def egress(node: str = "attic", **values: str) -> str:
        return load({"node": node, **values}, {}).settings.egress

    proxied = egress(ytdlp_options="--proxy socks5://user:secret@host")
    found = [egress(), egress("cellar"), proxied, egress(ytdlp_options="--cookies FILE")]
    assert found[:2] == ["attic", "cellar"]
    assert len(set(found)) == 4
    assert egress(ytdlp_options=" ") == egress()
    assert egress(ytdlp_options="--proxy socks5://user:secret@host", sites="youtube") == proxied
    assert "secret" not in proxied


def test_who_we_are_fits_into_a_message_and_a_subject() -> None:
    egress = load({"node": "n" * 64, "ytdlp_options": "--proxy http://host"}, {}).settings.egress
    assert subjects.parse(subjects.egress_signal(egress)).ids == (egress,)
    assert msgspec.convert({"type": "query.leave", "egress": egress}, AskLeave).egress == egress


def test_settings_travel_as_json() -> None:
    settings = load({"library_dir": "/srv/library", "nats_credentials": "/etc/keys.json"}, {}).settings
    wire = msgspec.json.encode(settings, enc_hook=str)
    assert msgspec.json.decode(wire, type=Settings, dec_hook=as_path) == settings


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (environment(download_workers="many"), ["environment", "download_workers", "'many'", "`int`"]),
        (environment(download_workers="0"), ["environment", "download_workers", "'0'", ">= 1"]),
        (environment(node="a b"), ["environment", "node", "'a b'"]),
        (
            environment(log_level="loud"),
            ["environment", "log_level", "'loud'", "debug, info, warning, error"],
        ),
        (environment(task_timeout="nan"), ["environment", "task_timeout", "'nan'"]),
        (environment(task_timeout="inf"), ["environment", "task_timeout", "'inf'"]),
        (
            environment(library_dir="~nobody-of-that-name/x"),
            ["environment", "library_dir", "~nobody"],
        ),
    ],
)
def test_a_bad_value_is_refused_by_source_name_and_value(environ: dict[str, str], words: list[str]) -> None:
    said = complaint(environ=environ)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("download_workers = 2.5", ["download_workers = 2.5", "`int`"]),
        ("download_workers = true", ["download_workers = True", "`int`"]),
        ("library_dir = 7", ["library_dir = 7", "a path"]),
        ('library_dir = ""', ["library_dir = ''", "a path"]),
        ('librar_dir = "/srv"\nzeal = 1', ["unknown setting librar_dir"]),
        ("[server]\nport = 1", ["unknown table [server]"]),
        ("node = ", ["nvalid value"]),
    ],
)
def test_a_bad_file_is_refused_by_name(text: str, words: list[str]) -> None:
    said = complaint(environ=config(text))
    assert said.startswith(("config.toml:1: ", "config.toml:1:8: "))
    assert [word for word in words if word not in said] == []


def test_a_file_that_is_no_text_is_refused() -> None:
    Path("config.toml").write_bytes(b"node = '\xff'")
    assert complaint(environ=environment(config="config.toml")).startswith("config.toml:1: ")


def test_a_file_that_was_named_must_be_there() -> None:
    assert complaint(environ=environment(config="nowhere.toml")).startswith("nowhere.toml: ")


def test_an_env_file_that_is_no_text_is_refused() -> None:
    Path(".env").write_bytes(b"YTARCHIVE_NODE='\xff'")
    assert complaint().startswith(".env:1: ")


def test_a_bad_value_in_an_env_file_is_refused() -> None:
    Path(".env").write_text("YTARCHIVE_LOG_DAYS=0\n", encoding="utf-8")
    assert complaint().startswith(".env:1: log_days = '0'")


def test_an_unknown_option_is_refused_with_where_to_look() -> None:
    with pytest.raises(UsageError) as refused:
        load({"zeal": 1}, {})
    assert str(refused.value) == "option: unknown setting zeal"
    assert "config show" in refused.value.hint


def test_variables_that_are_no_settings_are_none_of_our_business() -> None:
    loaded = load({}, environment(supervisor_pid="1", node="attic") | {"NODE": "cellar"})
    assert loaded.settings.node == "attic"
