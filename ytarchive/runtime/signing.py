"""Ed25519, by a library that comes with ``ytarchive[signing]``: the key, signing with it, and checking."""

from pathlib import Path
from typing import TYPE_CHECKING

from schemas.events import LogCheckpointed
from ytarchive.domain.checkpoints import Signed, statement
from ytarchive.errors import UsageError
from ytarchive.runtime.private_file import read_private, write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from schemas.log_file import LogEdge


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
            f"there is no signing key {path}", hint=f"`ytarchive events key {path}` makes one."
        ) from error
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} is not a private key in PEM, without a password: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"{path} is a private key of another kind than Ed25519")
    return Signer(private)


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


def signed() -> Signed | None:
    """Give what tells whether a checkpoint is signed as it says; None where the library is missing."""
    try:
        _check_library()
    except UsageError:
        return None
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - optional
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - optional

    def check(checkpoint: LogCheckpointed) -> bool:
        said = statement(checkpoint.sequence, checkpoint.count, checkpoint.root)
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.key))
            public.verify(bytes.fromhex(checkpoint.signature), said)
        except (InvalidSignature, ValueError):
            return False
        return True

    return check


def _check_library() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - with the rest

    if not find_spec("cryptography"):
        raise UsageError(
            "signing takes the library cryptography, which is not installed",
            hint="`pip install 'ytarchive[signing]'` brings it.",
        )
