"""Any message there can be, made from the types alone: a new field is tested without a new line here."""

from datetime import UTC
from functools import lru_cache
from typing import Any, get_origin

import msgspec.inspect as types
from hypothesis import strategies as st

from schemas.envelope import END

_LONG = 40
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=_LONG),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@lru_cache  # each of hundreds of examples asks for it anew
def messages(shape: Any) -> st.SearchStrategy[Any]:
    """Give messages of a shape: a struct, a union of structs, or an envelope around one."""
    return _values(types.type_info(shape))


def _values(kind: types.Type) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0912 - a table, one row a kind
    match kind:
        case types.Metadata():
            return _values(kind.type)
        case types.StructType():
            fields = {field.name: _values(field.type) for field in kind.fields if field.required}
            optional = {field.name: _values(field.type) for field in kind.fields if not field.required}
            build: type = get_origin(kind.cls) or kind.cls
            return st.fixed_dictionaries(fields, optional=optional).map(lambda values: build(**values))
        case types.UnionType():
            return st.one_of([_values(one) for one in kind.types])
        case types.VarTupleType():
            least = kind.min_length or 0
            return st.lists(_values(kind.item_type), min_size=least, max_size=least + 2).map(tuple)
        case types.DictType():
            return st.dictionaries(_values(kind.key_type), _values(kind.value_type), max_size=3)
        case types.EnumType():
            return st.sampled_from(list(kind.cls))
        case types.LiteralType():
            return st.sampled_from(kind.values)
        case types.StrType(pattern=str(pattern)):
            return st.from_regex(pattern.removesuffix(END), fullmatch=True)
        case types.StrType():
            return st.text(max_size=min(kind.max_length or _LONG, _LONG))
        case types.IntType():
            return st.integers(-(1 << 63) if kind.ge is None else kind.ge, kind.le or (1 << 63) - 1)
        case types.FloatType():
            return st.floats(kind.ge, kind.le, allow_nan=False, allow_infinity=False)
        case types.DateTimeType(tz=True):
            return st.datetimes(timezones=st.just(UTC))
        case types.BytesType():
            return st.binary(max_size=_LONG)
        case types.BoolType():
            return st.booleans()
        case types.NoneType():
            return st.none()
        case types.AnyType():
            return _JSON
        case _:
            raise TypeError(f"the wire has no {kind}")
