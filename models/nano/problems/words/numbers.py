"""Number theory in words: divisions with remainders, and primes that are known."""

from __future__ import annotations

from .work import Hard, Work

_LARGEST_KNOWN = 120
_PRIMES = [n for n in range(2, _LARGEST_KNOWN) if all(n % k for k in range(2, n))]


def number_theory(work: Work, kind: str, a: int, b: int, c: int) -> str:
    """The answer to one question about whole numbers."""
    if kind not in _KINDS:
        raise Hard
    return _KINDS[kind](work, a, b, c)


def _remainder(work: Work, number: int, by: int) -> int:
    """One division with remainder."""
    if number < by:
        work.say(f"{number} is smaller than {by}.")
        return number
    return work.do(number, "-", work.do(number // by, "*", by))


def _mod(work: Work, a: int, b: int, c: int) -> str:
    """Digit after digit, as on paper."""
    if a < b:
        return str(_remainder(work, a, b))
    rest = 0
    for position, digit in enumerate(str(a)):
        rest = 10 * rest + int(digit)
        if rest >= b:
            if position >= len(str(b)):
                work.say(f"Bring down {digit}: {rest}.")
            rest = _remainder(work, rest, b)
        elif position >= len(str(b)):
            work.say(f"Bring down {digit}: {rest}.")
    return str(rest)


def _common(work: Work, a: int, b: int) -> int:
    """Euclid's algorithm."""
    large, small = max(a, b), min(a, b)
    while small:
        large, small = small, _remainder(work, large, small)
    return large


def _gcd(work: Work, a: int, b: int, c: int) -> str:
    return str(_common(work, a, b))


def _lcm(work: Work, a: int, b: int, c: int) -> str:
    shared = _common(work, a, b)
    work.say(f"The common divisor is {shared}.")
    small, large = min(a, b), max(a, b)
    return str(work.do(work.do(small, "/", shared), "*", large))


def _primes_of(work: Work, number: int) -> list[int]:
    """The different prime factors, divided out one after the other."""
    found = []
    rest = number
    for prime in _PRIMES:
        while rest % prime == 0 and rest not in _PRIMES:
            if prime not in found:
                found.append(prime)
            rest = work.do(rest, "/", prime)
            if rest == 1:
                return found
    if rest not in _PRIMES:
        raise Hard
    work.say(f"{rest} is prime.")
    return found if rest in found else [*found, rest]


def _factors(work: Work, a: int, b: int, c: int) -> str:
    return ", ".join(map(str, _primes_of(work, a)))


def _pairs(work: Work, number: int) -> list[int]:
    """The divisors, told in pairs."""
    if number > _LARGEST_KNOWN:
        raise Hard
    low = [n for n in range(1, 12) if number % n == 0 and n * n <= number]
    work.say(f"{number} = {' = '.join(f'{n} * {number // n}' for n in low)}.")
    return sorted({*low, *(number // n for n in low)})


def _divisors(work: Work, a: int, b: int, c: int) -> str:
    return ", ".join(map(str, _pairs(work, a)))


def _divisor_count(work: Work, a: int, b: int, c: int) -> str:
    found = _pairs(work, a)
    work.say(f"The divisors are {', '.join(f'{d}' for d in found)}.")
    return str(len(found))


def _divisor_sum(work: Work, a: int, b: int, c: int) -> str:
    return str(work.total(_pairs(work, a)))


def _isprime(work: Work, a: int, b: int, c: int) -> str:
    if a in _PRIMES:
        for prime in _PRIMES:
            if prime * prime > a:
                break
            work.say(f"{a} = {prime} * {a // prime} + {a % prime}.")
        return "yes"
    if a % 2 == 0 or a % 5 == 0:
        work.say(f"It ends in {a % 10}, so {2 if a % 2 == 0 else 5} divides it.")
    elif a % 3 == 0:
        digits = work.total([int(digit) for digit in str(a)])
        work.say(f"3 divides {digits}, so it divides {a}.")
    elif a <= _LARGEST_KNOWN:
        prime = next(prime for prime in _PRIMES if a % prime == 0)
        work.say(f"{a} = {prime} * {a // prime}.")
    else:
        raise Hard
    return "no"


def _nextprime(work: Work, a: int, b: int, c: int) -> str:
    if a >= _PRIMES[-1]:
        raise Hard
    number = a + 1
    while number not in _PRIMES:
        prime = next(prime for prime in _PRIMES if number % prime == 0)
        work.say(f"{number} = {prime} * {number // prime}.")
        number += 1
    work.say(f"{number} is prime.")
    return str(number)


def _listed(work: Work, primes: list[int]) -> None:
    if len(primes) > 15:
        raise Hard
    work.say(", ".join(f"{place}: {prime}" for place, prime in enumerate(primes, 1)) + ".")


def _nthprime(work: Work, a: int, b: int, c: int) -> str:
    _listed(work, _PRIMES[:c])
    return str(_PRIMES[c - 1])


def _primepi(work: Work, a: int, b: int, c: int) -> str:
    below = [prime for prime in _PRIMES if prime < a]
    if a > _LARGEST_KNOWN:
        raise Hard
    _listed(work, below)
    return str(len(below))


def _totient(work: Work, a: int, b: int, c: int) -> str:
    found = _primes_of(work, a)
    for prime in found:
        a = work.do(a, "/", prime)
        if prime > 2:
            a = work.do(a, "*", prime - 1)
    return str(a)


def _digits(work: Work, a: int, b: int, c: int) -> str:
    return str(work.total([int(digit) for digit in str(a)]))


def _binary(work: Work, a: int, b: int, c: int) -> str:
    """The powers of two from the largest one down, taken or not."""
    if a > 255:
        raise Hard
    bits, rest = "", a
    for place in reversed(range(a.bit_length())):
        value = 2**place
        taken = rest >= value
        work.say(f"{value}: {'1' if taken else '0'}, {rest - taken * value} left.")
        rest -= taken * value
        bits += str(int(taken))
    return bits


_KINDS = {
    "gcd": _gcd, "lcm": _lcm, "mod": _mod, "factors": _factors, "divisors": _divisors,
    "divisor_count": _divisor_count, "divisor_sum": _divisor_sum, "isprime": _isprime,
    "nextprime": _nextprime, "nthprime": _nthprime, "primepi": _primepi, "totient": _totient,
    "digits": _digits, "binary": _binary,
}  # fmt: skip
