"""Typed values from JSON data: what fits is read, and what does not is named."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from mathcli.errors import UsageError
from mathcli.typed_records import Misfit, from_record, typed


@dataclass(frozen=True)
class Leaf:
    text: str
    share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    kind: Literal["a", "b"] = "a"


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if "x" in self.names:
            raise Misfit("names", "must not contain x")


@dataclass(frozen=True)
class Tree:
    leaf: Leaf
    leaves: tuple[Leaf, ...] = ()
    named: Mapping[str, Leaf] = field(default_factory=dict)
    strict: Strict | None = None
    count: int | None = None


GOOD: dict[str, Any] = {
    "leaf": {"text": "t", "share": 1, "unknown": 3},
    "leaves": [{"text": "u"}],
    "named": {"n": {"text": "v", "kind": "b"}},
    "strict": {"names": ["y"]},
    "count": 3,
}


def test_what_fits_is_read() -> None:
    expected = Tree(Leaf("t", 1.0), (Leaf("u"),), {"n": Leaf("v", kind="b")}, Strict(("y",)), 3)
    assert typed(Tree, GOOD) == expected == from_record(Tree, GOOD, "x")


@pytest.mark.parametrize(
    ("change", "key", "problem"),
    [
        ({"leaf": 3}, "leaf", "must be an object, not 3"),
        ({"leaf": {}}, "leaf", "has no text"),
        ({"leaf": {"text": None}}, "leaf.text", "must be text, not None"),
        ({"leaves": {}}, "leaves", "must be a list of objects, not dict"),
        ({"leaves": [{"text": "a"}, 3]}, "leaves[1]", "must be an object, not 3"),
        ({"named": []}, "named", "must be an object, not list"),
        (
            {"named": {"m": {"text": ""}, "k.l": {"text": "", "share": 2}}},
            "named.k.l.share", "must be a number from 0 to 1, not 2",
        ),
        ({"leaf": {"text": "", "kind": "c"}}, "leaf.kind", "must be one of: a, b, not 'c'"),
        ({"strict": {"names": "y"}}, "strict.names", "must be a list of texts, not 'y'"),
        ({"strict": {"names": [1]}}, "strict.names", "must be a list of texts, not list"),
        ({"strict": {"names": ["x"]}}, "strict.names", "must not contain x"),
        ({"strict": {"more": 1}}, "strict.more", "is no known key"),
        ({"count": True}, "count", "must be a whole number, not True"),
        ({"count": 1.5}, "count", "must be a whole number, not 1.5"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(change: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(Misfit) as caught:
        typed(Tree, GOOD | change)
    assert (caught.value.key, caught.value.problem) == (key, problem)
    with pytest.raises(UsageError) as told:
        from_record(Tree, GOOD | change, "f.json")
    assert told.value.message == f"f.json: {key} {problem}"


@pytest.mark.parametrize("size", [float("inf"), float("nan"), 10**30, -1e300])
def test_numbers_of_unusual_sizes_are_refused(size: float) -> None:
    with pytest.raises(UsageError, match=r"leaf\.share must be a number of a usual size"):
        from_record(Tree, GOOD | {"leaf": {"text": "", "share": size}}, "f.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda held: st.lists(held, max_size=3) | st.dictionaries(st.text(st.characters()), held),
    max_leaves=6,
)


@given(st.sampled_from([*GOOD, "text", "\ud800"]), VALUES)
def test_any_data_is_read_or_refused(key: str, value: Any) -> None:
    for data in (value, GOOD | {key: value}, GOOD | {"leaf": {"text": "", key: value}}):
        with contextlib.suppress(UsageError):
            from_record(Tree, data, "f.json")
