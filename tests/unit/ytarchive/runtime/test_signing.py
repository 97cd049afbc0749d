"""Keys are made once, read only where nobody else can, and a signature is about one state of the log."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from schemas.log_file import LogEdge
from tests.jobs import AT
from ytarchive.domain.checkpoints import NOTHING, Mark
from ytarchive.errors import UsageError
from ytarchive.runtime import signing
from ytarchive.settings import Settings

ONE, OTHER = "a1" * 32, "b2" * 32
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


def test_public_keys_that_were_used_are_known_for_ever(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert signing.known_keys(state) == frozenset()
    signing.remember(state, [ONE])
    signing.remember(state, [OTHER, ONE])
    assert signing.known_keys(state) == {ONE, OTHER}
    (state / "checkpoint-keys").write_bytes(f"{ONE}\nno key \xff\n".encode())
    assert signing.known_keys(state) == {ONE}
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        signing.remember(tmp_path / "file" / "state", [ONE])


def test_those_that_were_named_are_trusted_else_those_that_were_used_and_the_one_that_is_set(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "key.pem"
    signs = msgspec.structs.replace(settings, signing_key_file=path)
    assert (signing.trust(settings).keys, signing.trust(settings).demanded) == (frozenset(), False)
    with pytest.raises(UsageError, match="there is no signing key"):
        signing.trust(signs)
    signing.remember(settings.state_dir, [ONE])
    assert signing.trust(signs).keys == {ONE}
    key = signing.make_key(path).key
    assert signing.trust(signs).keys == {ONE, key}
    assert signing.trust(signs, [OTHER]).keys == {OTHER}
    assert signing.trust(signs).demanded
    assert signing.trust(settings, [OTHER]).demanded
    with pytest.raises(UsageError, match="not a public key"):
        signing.check_public(ONE.upper())


def test_a_key_that_is_set_and_has_signed_nothing_here_is_demanded_of_files_alone(
    settings: Settings, tmp_path: Path
) -> None:
    signing.make_key(tmp_path / "key.pem")
    signs = msgspec.structs.replace(settings, signing_key_file=tmp_path / "key.pem")
    assert not signing.trust(signs).demanded
    assert signing.trust(signs, files=True).demanded


def test_what_was_signed_last_is_kept_for_its_owner_alone(settings: Settings) -> None:
    state = settings.state_dir
    assert signing.last_mark(state) is None
    mark = Mark(7, 6, "ab" * 32, AT, ONE)
    signing.keep_mark(state, mark)
    assert signing.last_mark(state) == mark
    assert signing.known_keys(state) == {ONE}
    assert (state / "last-checkpoint").stat().st_mode & 0o777 == 0o600
    assert signing.trust(settings).mark == mark
    assert signing.trust(settings, files=True).mark is None
    assert signing.arriving(settings).mark == mark
    (state / "last-checkpoint").write_bytes(b"{")
    with pytest.raises(UsageError, match="is damaged"):
        signing.trust(settings)
    (state / "last-checkpoint").unlink()
    (state / "last-checkpoint").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        signing.keep_mark(state, mark)


def test_a_key_that_was_named_and_cannot_be_used_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageError) as refused:
        signing.trust(settings, [ONE], files=True)
    assert refused.value.hint == "`pip install 'ytarchive[signing]'` brings it."
    assert signing.trust(settings).signed is None


def test_who_finds_no_checkpoint_does_without_the_library() -> None:
    code = "import sys; from ytarchive.runtime.signing import signed; signed(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not [name for name in done.stdout.split() if name.startswith("cryptography")]
