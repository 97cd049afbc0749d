"""Ed25519, by a library that comes with ``ytarchive[signing]``: the key, signing with it, and checking."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.events import LogCheckpointed
from ytarchive.domain.checkpoints import Mark, Signed, Trust, statement
from ytarchive.errors import UsageError
from ytarchive.runtime.private_file import read_private, write_private
from ytarchive.runtime.state_dir import KNOWN_KEYS, LAST_CHECKPOINT

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from schemas.log_file import LogEdge
    from ytarchive.settings import Settings


_OTHER: Final = "`ytarchive events key FILE` makes one; YTARCHIVE_SIGNING_KEY_FILE names it."
_PUBLIC: Final = re.compile("[0-9a-f]{64}")


class Signer:
    """A private key, of which `key` is the public one, in hexadecimal."""

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.key = private.public_key().public_bytes_raw().hex()

    def checkpoint(self, edge: "LogEdge") -> LogCheckpointed:
        """Sign that the log is so up to there."""
        said = statement(edge.sequence, edge.count, edge.root)
        return LogCheckpointed(
            sequence=edge.sequence,
            count=edge.count,
            root=edge.root,
            key=self.key,
            signature=self._private.sign(said).hex(),
        )


def load_signer(path: Path) -> Signer:
    """Read a private key (PEM). Raises `UsageError` where there is none that is Ed25519 and ours alone."""
    _check_library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - optional

    try:
        private = load_pem_private_key(read_private(path), password=None)
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no signing key {path}",
            hint=f"`ytarchive events key {path}` makes one, or YTARCHIVE_SIGNING_KEY_FILE names another.",
        ) from error
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{path} is not a private key in PEM, without a password: {error}", hint=_OTHER
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"{path} is a private key of another kind than Ed25519", hint=_OTHER)
    return Signer(private)


def check_signing(settings: "Settings") -> None:
    """Raise `UsageError` for a key that is set and cannot be used, before anything is started."""
    if settings.signing_key_file:
        load_signer(settings.signing_key_file)


def make_key(path: Path) -> Signer:
    """Make a private key that its owner alone can read. Raises `UsageError`, also where a file is there."""
    _check_library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - optional
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    if path.exists():
        raise UsageError(f"{path} is there already", hint="A key is never replaced: give another name.")
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        write_private(path, pem)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    return Signer(private)


def check_public(key: str) -> str:
    """Give a public key, in hexadecimal. Raises `UsageError` for what is none."""
    if not _PUBLIC.fullmatch(key):
        raise UsageError(f"not a public key: {key[:80]!r}", hint="It is 64 hexadecimal digits.")
    return key


def known_keys(state: Path) -> frozenset[str]:
    """Give the public keys with which checkpoints were ever signed by who runs on a state directory."""
    try:
        text = (state / KNOWN_KEYS).read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(line for line in text.split() if _PUBLIC.fullmatch(line))


def remember(state: Path, keys: Iterable[str]) -> None:
    """Keep public keys with those that were used before. Raises `UsageError` where that cannot be."""
    known = known_keys(state)
    if known.issuperset(keys := set(keys)):
        return
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(state / KNOWN_KEYS, "".join(f"{key}\n" for key in sorted(known | keys)).encode())
    except OSError as error:
        raise UsageError(f"{state / KNOWN_KEYS} cannot be written: {error.strerror}") from error


def last_mark(state: Path) -> Mark | None:
    """Give what was signed last on a state directory. Raises `UsageError` where that is damaged."""
    path = state / LAST_CHECKPOINT
    try:
        return msgspec.json.decode(read_private(path), type=Mark)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is damaged: {error}",
            hint="`ytarchive events verify --key` tells whether the log is right; then remove that file.",
        ) from error


def keep_mark(state: Path, mark: Mark) -> None:
    """Keep what was signed last, and with which key. Raises `UsageError` where that cannot be."""
    remember(state, [mark.key])
    try:
        write_private(state / LAST_CHECKPOINT, msgspec.json.encode(mark) + b"\n")
    except OSError as error:
        raise UsageError(f"{state / LAST_CHECKPOINT} cannot be written: {error.strerror}") from error


def trust(settings: "Settings", named: Iterable[str] = (), *, files: bool = False) -> Trust:
    """Give whose checkpoints count: by the keys that are `named`, else those used here, and to be used.

    They are demanded where any are known; of the log here, which `files` are not, once it was signed.
    Raises `UsageError` where named ones cannot be checked, or the one that is set cannot be read and no other
    was ever used.
    """
    keys, state = frozenset(named), settings.state_dir
    used, demanded = known_keys(state), bool(keys)
    if keys:
        _check_library()
    else:
        path = settings.signing_key_file
        keys = used | ({load_signer(path).key} if path and (path.exists() or not used) else set())
    demanded = demanded or bool(used or (files and keys))
    return Trust(signed(), keys, demanded, None if files else last_mark(state))


def arriving(settings: "Settings") -> Trust:
    """Give whose checkpoints count of a log that is about to become the one here. Raises as `trust` does."""
    return trust(settings, files=True)._replace(mark=last_mark(settings.state_dir))


def signed() -> Signed | None:
    """Give what tells whether a checkpoint is signed as it says; None where the library is missing."""
    try:
        _check_library()
    except UsageError:
        return None
    return _is_signed


def _is_signed(checkpoint: LogCheckpointed) -> bool:
    # most logs have no checkpoint: who reads them does without the library's 6 MB
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - optional

    said = statement(checkpoint.sequence, checkpoint.count, checkpoint.root)
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.key))
        public.verify(bytes.fromhex(checkpoint.signature), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_library() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - with the rest

    if not find_spec("cryptography"):
        raise UsageError(
            "signatures take the library cryptography, which is not installed",
            hint="`pip install 'ytarchive[signing]'` brings it.",
        )
