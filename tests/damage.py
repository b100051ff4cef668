"""Damage to files: the bytes of one changed, and the values in a JSON tree replaced."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.harmful import ALL

WRONG: tuple[Any, ...] = (
    None, True, -1, 10**400, 1e308, "", ALL, [], {}, [[[]]], {"": [5]}, "../../x\0", [None], 2**63,
)  # fmt: skip
GONE = object()


class Damaged(NamedTuple):
    """A file that was damaged."""

    what: str
    data: bytes


def wrong_trees(tree: Any, seed: int) -> Iterator[Damaged]:
    """The tree as JSON, each time with one value gone or replaced by a wrong one."""
    draw = random.Random(seed)
    for path in list(_paths(tree, ())):
        for value in (GONE, draw.choice(WRONG)):
            damaged = copy.deepcopy(tree)
            holder = damaged
            for step in path[:-1]:
                holder = holder[step]
            if value is GONE:
                del holder[path[-1]]
            else:
                holder[path[-1]] = value
            shown = "gone" if value is GONE else repr(value)[:20]
            where = ".".join(map(str, path))
            yield Damaged(f"{where}: {shown}", json.dumps(damaged).encode())


def _paths(tree: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(tree, dict):
        for key in tree:
            yield from _paths(tree[key], (*at, key))
    elif isinstance(tree, list):
        for index in range(min(len(tree), 2)):  # the others are like these
            yield from _paths(tree[index], (*at, index))


def wrong_bytes(data: bytes, seed: int, count: int) -> Iterator[Damaged]:
    """The bytes, each time cut, doubled, or with some of them changed."""
    draw = random.Random(seed)
    for number in range(count):
        at = draw.randrange(len(data))
        end = min(len(data), at + draw.choice((1, 2, 30)))
        before, some, after = data[:at], data[at:end], data[end:]
        bits = bytes(one ^ 1 << draw.randrange(8) for one in some)
        odd = draw.choice((b"\0", b"\xff", b"\n", b"}", b'"', b"[" * 3000))
        kinds = {
            "cut": before,
            "begun late": some + after,
            "left out": before + after,
            "doubled": before + data,
            "noise": before + draw.randbytes(len(some)) + after,
            "bits": before + bits + after,
            "put in": before + odd + some + after,
        }
        kind = draw.choice(list(kinds))
        yield Damaged(f"{number}: {kind} at {at}", kinds[kind])
