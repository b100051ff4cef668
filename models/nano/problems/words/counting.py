"""Counting, chances and sequences in words."""

from __future__ import annotations

from .arithmetic import factorial
from .work import Hard, Work


def counting(work: Work, kind: str, a: int, b: int, c: int) -> str:
    """Arrangements, selections, chances."""
    if kind in ("arrange", "circle"):
        return factorial(work, b if kind == "arrange" else b - 1)
    if kind == "choose":
        return str(_choose(work, a, b))
    if kind == "handshakes":
        return str(_choose(work, a, 2))
    if kind == "permute":
        return str(work.product([a - k for k in range(b)]))
    if kind == "product":
        return str(work.do(a, "*", b))
    if kind in ("codes", "binary"):
        return str(work.power(10 if kind == "codes" else 2, b))
    return _chance(work, kind, a, b, c)


def _choose(work: Work, a: int, b: int) -> int:
    """Multiply and divide in turn, so that the numbers stay small."""
    if 2 * b > a:
        left = work.do(a, "-", b)
        work.say(f"To choose {b} is to leave {left}.")
        b = left
    if b == 0:
        return 1
    ways = a
    for k in range(1, b):
        ways = work.do(ways, "*", a - k)
        ways = work.do(ways, "/", k + 1)
    return ways


def _chance(work: Work, kind: str, a: int, b: int, c: int) -> str:
    if kind == "coin":
        return f"1/{work.power(2, b)}"
    if kind == "heads":
        ways, outcomes = _choose(work, a, b), work.power(2, a)
        return work.ratio(ways, outcomes)
    if kind == "die":
        return work.ratio(work.do(6, "-", c), 6)
    if kind == "dice":
        ways = work.do(c, "-", 1) if c <= 7 else work.do(13, "-", c)
        return work.ratio(ways, 36)
    if kind == "balls":
        return work.ratio(a, work.do(a, "+", b))
    if kind == "bothred":
        whole = work.do(a, "+", b)
        pairs, all_pairs = work.do(a, "*", a - 1), work.do(whole, "*", whole - 1)
        return work.ratio(pairs, all_pairs)
    raise Hard


def sequence(work: Work, kind: str, terms: list[int], n: int, told: tuple[int, int]) -> str:
    """The next term, the term of a number, or a sum; ``told`` is the difference and the ratio."""
    step, ratio = told
    first, second, last = terms[0], terms[1], terms[-1]
    if kind == "next_arithmetic":
        return str(work.do(last, "+", work.do(second, "-", first)))
    if kind == "next_geometric":
        return str(work.do(last, "*", work.do(second, "/", first)))
    if kind.startswith("nth_arithmetic"):
        if kind == "nth_arithmetic":
            step = work.do(second, "-", first)
        return str(work.do(first, "+", work.do(work.do(n, "-", 1), "*", step)))
    if kind.startswith("nth_geometric"):
        if kind == "nth_geometric":
            ratio = work.do(second, "/", first)
        return str(work.product([first] + [ratio] * (n - 1)))
    if kind == "infinite":
        return work.ratio(work.do(first, "*", ratio), work.do(ratio, "-", 1))
    return _sum(work, kind, n)


def _sum(work: Work, kind: str, n: int) -> str:
    if kind == "sum_odd":
        return str(work.do(n, "*", n))
    if kind == "sum_even":
        return str(work.do(n, "*", work.do(n, "+", 1)))
    if kind == "sum_integers":
        after = work.do(n, "+", 1)
        even, odd = (n, after) if n % 2 == 0 else (after, n)
        return str(work.do(work.do(even, "/", 2), "*", odd))
    if kind == "fibonacci" and n <= 12:
        one, two = 1, 1
        for _ in range(n - 2):
            one, two = two, work.do(one, "+", two)
        return str(two)
    raise Hard
