"""The tree is RFC 6962's, whoever makes it, and can be gone on with from its edge alone."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytarchive.domain.merkle import Range, leaf

LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=70)
quickly = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def root_of(leaves: list[bytes]) -> bytes:
    """Give the root as the RFC defines it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def tree(leaves: list[bytes]) -> Range:
    grown = Range()
    for one in leaves:
        grown.append(one)
    return grown


@quickly
@given(LEAVES)
def test_the_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert tree(leaves).root == root_of(leaves).hex()


@quickly
@given(LEAVES, LEAVES)
def test_a_tree_is_gone_on_with_from_its_edge(before: list[bytes], behind: list[bytes]) -> None:
    edge = tree(before)
    again = Range.of(edge.count, edge.peaks)
    for one in behind:
        again.append(one)
    assert (again.root, again.count) == (tree(before + behind).root, len(before + behind))


@pytest.mark.parametrize(
    ("count", "peaks"), [(1, ()), (3, ("00" * 32,)), (1, ("00" * 31,)), (1, ("zz" * 32,))]
)
def test_what_can_be_no_edge_is_refused(count: int, peaks: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"edge|hexadecimal"):
        Range.of(count, peaks)


def test_a_leaf_is_a_sequence_a_subject_and_bytes_and_no_node() -> None:
    assert leaf(7, "a.b", b"\n") == hashlib.sha256(b"\x007 a.b\n\n").digest()
    assert len({leaf(7, "a.b", b"c"), leaf(8, "a.b", b"c"), leaf(7, "a.c", b"c"), leaf(7, "a.b", b"d")}) == 4
