"""The golden documents: one of every message ever shipped, as it went over the wire. None is ever edited."""

from pathlib import Path
from typing import Any, Final, get_args, get_origin

from schemas import codec
from schemas.envelope import Commit, Envelope

CODECS: Final[tuple[codec.Codec[Any] | codec.CommitCodec[Any], ...]] = tuple(
    found for found in vars(codec).values() if isinstance(found, codec.Codec | codec.CommitCodec)
)
GOLDEN: Final = {path.stem: path.read_bytes() for path in Path(__file__).parent.glob("golden/*.json")}
REPORTS: Final = {
    path.stem: path.read_bytes() for path in Path(__file__).parent.glob("golden/reports/*.json")
}


def bodies(shape: Any) -> tuple[type, ...]:
    """Give the structs with a tag that messages of this shape carry."""
    inner = get_args(shape)[0] if get_origin(shape) in (Envelope, Commit) else shape
    return get_args(inner) or (inner,)


def tag(body: Any) -> str:
    found: str = body.__struct_config__.tag
    return found


BY_TAG: Final = {tag(body): found for found in CODECS for body in bodies(found.shape)}
EVENTS: Final = {tag(body) for body in bodies(codec.commits.shape)}
