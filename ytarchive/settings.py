"""Every setting: its name, what it means, its default, and which values it may have.

Where the values come from is `ytarchive.sources`.
"""

import hashlib
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from platformdirs import user_state_path, user_videos_path

LISTS = 4
"""Lists a node reads at a time: one that takes hours must not be in the way of those that take seconds."""

_ADDRESS = (
    r"^$|^((nats|tls|wss?)://)?([^\s@/,]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
    r"(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?/?$"
)
"""Of one server: a login, in which @ and / are %40 and %2F, a host and a port."""


def _node() -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", platform.node())[:64] or "node"


def _described(
    text: str,
    *,
    default: str = "",
    allowed: str = "",
    example: str = "",
    secret: bool = False,
    size: bool = False,
    **limits: Any,
) -> Meta:
    """Say what a setting means; where it does not follow, its default and what is allowed, in words.

    A `secret` one may hold a password: its value is never shown as it is. A `size` may be said as 500K.
    """
    extra = {"default": default, "allowed": allowed, "example": example, "secret": secret, "size": size}
    return Meta(description=text, extra=extra, **limits)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values in force. Paths are absolute once loaded.

    As JSON, paths are text: encode with ``enc_hook=str``, decode with ``dec_hook=as_path``.
    """

    state_dir: Annotated[
        Path, _described("the server's data, credentials and logs", default="the platform's folder for state")
    ] = msgspec.field(default_factory=lambda: user_state_path("ytarchive", appauthor=False))
    library_dir: Annotated[
        Path, _described("where the archive is kept", default="`ytarchive` in your folder of videos")
    ] = msgspec.field(default_factory=lambda: user_videos_path() / "ytarchive")
    nats_url: Annotated[
        str,
        _described(
            "an existing NATS server; empty runs our own",
            allowed="nats://HOST:PORT",
            example="nats://127.0.0.1:4222",
            secret=True,
            pattern=_ADDRESS,
        ),
    ] = ""
    nats_credentials: Annotated[
        Path | None,
        _described(
            "the JSON file with a user and password for each role", example="/etc/ytarchive/credentials.json"
        ),
    ] = None
    node: Annotated[
        str,
        _described(
            "this machine's name",
            default="the host's name",
            allowed="letters, digits, - and _",
            pattern=r"^[A-Za-z0-9_-]{1,64}$",
        ),
    ] = msgspec.field(default_factory=_node)
    download_workers: Annotated[int, _described("downloads at the same time", ge=1, le=64)] = 2
    metadata_workers: Annotated[
        int, _described("look-ups at the same time; 0: one for every four downloads", ge=0, le=16)
    ] = 0
    sites: Annotated[str, _described("yt-dlp extractors allowed, regular expressions, comma-separated")] = (
        "youtube"
    )
    ytdlp_options: Annotated[
        str,
        _described(
            "further yt-dlp command-line options, of the operator",
            example="--proxy socks5://127.0.0.1:1080",
            secret=True,
        ),
    ] = ""
    subtitle_languages: Annotated[str, _described("subtitle languages, comma-separated; empty for none")] = (
        "en.*"
    )
    profile: Annotated[str, _described("the profile that is meant where none is named; empty: built in")] = ""
    log_level: Annotated[
        str, _described("debug, info, warning or error", pattern="^(debug|info|warning|error)$")
    ] = "info"
    log_days: Annotated[int, _described("days for which logs are kept", ge=1, le=36_500)] = 30
    log_bytes: Annotated[int, _described("bytes of logs kept at most", ge=1 << 20, le=1 << 50, size=True)] = (
        512 << 20
    )
    task_timeout: Annotated[
        float, _described("seconds a worker may be silent before its task goes to another", ge=5, le=3600)
    ] = 30.0
    limit_rate: Annotated[
        int,
        _described(
            "bytes a second of each download at most; 0 for no limit, or that of ytdlp_options",
            ge=0,
            le=1 << 40,
            size=True,
        ),
    ] = 0
    retry_pace: Annotated[float, _described("factor on every wait before another attempt", ge=0, le=100)] = (
        1.0
    )
    videos_per_hour: Annotated[
        int,
        _described("videos asked of a site in an hour from one address; 0 for no limit", ge=0, le=1_000_000),
    ] = 300
    min_free_bytes: Annotated[
        int, _described("downloads rest while the library has less room", ge=0, le=1 << 50, size=True)
    ] = 1 << 30
    signing_key_file: Annotated[
        Path | None,
        _described(
            "the private key that signs checkpoints of the log; none signs none",
            example="/etc/ytarchive/signing.pem",
        ),
    ] = None
    checkpoint_every: Annotated[
        int, _described("messages of the log between two checkpoints", ge=1, le=1_000_000)
    ] = 1000
    metrics_port: Annotated[
        int, _described("the port at which Prometheus finds metrics; 0 for none", ge=0, le=65535)
    ] = 0
    metrics_host: Annotated[
        str,
        _described(
            "the address for that; beyond loopback everybody can read them",
            allowed="an address, or a name, of this machine",
            pattern="^[A-Za-z0-9._:%-]{1,255}$",
        ),
    ] = "127.0.0.1"
    server_patience: Annotated[
        float, _described("seconds a waiting command outlasts a server that is away", ge=0, le=1_000_000)
    ] = 60.0

    @property
    def look_ups(self) -> int:
        """How many videos are looked up at the same time: enough for the downloads not to wait for them."""
        return self.metadata_workers or -(-self.download_workers // 4)

    @property
    def egress(self) -> str:
        """Who we are to a site: this node, and the proxy and cookies that yt-dlp's options may name."""
        options = hashlib.sha256(self.ytdlp_options.encode()).hexdigest()[:8]
        return f"{self.node}-{options}" if self.ytdlp_options.strip() else self.node

    @property
    def staging_dir(self) -> Path:
        """Where downloads grow: inside the library, so that a rename into place is atomic."""
        return self.library_dir / ".ytarchive" / "staging"


def settings_of(values: Mapping[str, Any]) -> Settings:
    """Make settings of some values, the defaults for the rest. Raises `msgspec.ValidationError`."""
    return msgspec.convert(values, Settings, strict=False, dec_hook=as_path)


def as_path(kind: type, value: Any) -> Path:
    """Make a path of the text that TOML, JSON and the environment have for it: msgspec's ``dec_hook``.

    It becomes absolute, seen from the current folder; a symbolic link stays as named. Raises `ValueError`.
    """
    if kind is not Path or not isinstance(value, str | Path):
        raise ValueError(f"Expected a path, got `{type(value).__name__}`")
    if not str(value):
        raise ValueError("Expected a path, got nothing")
    try:
        return Path(os.path.abspath(Path(value).expanduser()))  # noqa: PTH100 - resolve() follows links
    except RuntimeError as error:  # a ~name that is nobody's
        raise ValueError(str(error)) from error
