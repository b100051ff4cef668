"""Code that programs run is moved, and nobody sees that it was."""

from __future__ import annotations

import sys
import types

from mathcli.sandbox.gathering import gather


def make(file: str) -> types.FunctionType:
    """A function whose code is equal to that of its namesakes in other files."""
    namespace: dict[str, types.FunctionType] = {}
    source = "def double(values):\n    return [(lambda: 2 * one)() for one in values]\n"
    exec(compile(source, file, "exec"), namespace)
    return namespace["double"]


def test_code_that_runs_is_copied_and_works_as_before() -> None:
    function = make("one.py")
    code = function.__code__
    kept = gather(lambda: function([1]))
    assert function.__code__ is not code
    assert function.__code__ == code
    assert any(one is code for one in kept)
    assert function([1, 2, 3]) == [2, 4, 6]


def test_code_inside_it_is_copied_too() -> None:
    function = make("one.py")

    def inside(code: types.CodeType) -> set[int]:
        return {id(one) for one in code.co_consts if isinstance(one, types.CodeType)}

    before = inside(function.__code__)
    gather(lambda: function([1]))
    assert before
    assert before.isdisjoint(inside(function.__code__))


def test_code_that_does_not_run_stays() -> None:
    function = make("one.py")
    code = function.__code__
    gather(lambda: None)
    assert function.__code__ is code


def test_equal_code_keeps_the_file_that_it_is_from() -> None:
    functions = [make("one.py"), make("other.py")]
    assert functions[0].__code__ == functions[1].__code__
    gather(lambda: [function([1]) for function in functions])
    assert [one.__code__.co_filename for one in functions] == ["one.py", "other.py"]


def test_functions_that_share_code_still_do() -> None:
    def make_adder(more: int) -> types.FunctionType:
        def add(value: int) -> int:
            return value + more

        assert isinstance(add, types.FunctionType)
        return add

    one, other = make_adder(1), make_adder(2)
    gather(lambda: one(1))
    assert one.__code__ is other.__code__
    assert (one(1), other(1)) == (2, 3)


def test_whoever_watched_calls_before_still_does() -> None:
    def watch(frame: types.FrameType, event: str, argument: object) -> None:
        pass

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        gather(lambda: None)
        after = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert after is watch
