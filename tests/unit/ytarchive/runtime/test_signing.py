"""Keys are made once, read only where nobody else can, and a signature is about one state of the log."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from schemas.log_file import LogEdge
from ytarchive.domain.log_check import NOTHING
from ytarchive.errors import UsageError
from ytarchive.runtime import signing

EDGE = LogEdge(sequence=7, count=6, root="ab" * 32, peaks=())


def test_what_was_signed_is_known_and_anything_else_is_not(tmp_path: Path) -> None:
    made = signing.make_key(tmp_path / "key.pem")
    read = signing.load_signer(tmp_path / "key.pem")
    assert made.key == read.key
    check = signing.signed()
    assert check
    good = made.checkpoint(EDGE)
    assert check(good)
    for changes in ({"sequence": 8}, {"count": 7}, {"root": NOTHING.root}, {"signature": "00" * 64}):
        assert not check(msgspec.structs.replace(good, **changes))
    assert not check(msgspec.structs.replace(good, key="ff" * 32))


def test_a_key_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    signing.make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    with pytest.raises(UsageError, match="there already"):
        signing.make_key(path)
    assert path.read_bytes() == content
    path.chmod(0o644)
    with pytest.raises(UsageError, match="open to others"):
        signing.load_signer(path)
    with pytest.raises(UsageError, match="cannot be written"):
        signing.make_key(tmp_path / "nowhere" / "key.pem")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    private = generate_private_key(SECP256R1())
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(UsageError, match="another kind"):
        signing.load_signer(path)


def test_without_the_library_it_is_said_which_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert signing.signed() is None
    with pytest.raises(UsageError) as refused:
        signing.make_key(tmp_path / "key.pem")
    assert refused.value.hint == "`pip install 'ytarchive[signing]'` brings it."
