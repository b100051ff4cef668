"""An engine behind a real socket is the engine: same texts, and nothing is left when it goes."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mathcli.engines import Completion, Piece, Sampling, TextSequence
from mathcli.engines.llamacpp import LlamaEngine
from mathcli.engines.options import EngineOptions
from mathcli.errors import ContextFull, EngineError, UsageError
from mathcli.resident import wire
from mathcli.resident.engine import ResidentEngine
from mathcli.resident.executor import ResidentExecutor
from mathcli.resident.host import Host, Keeping
from mathcli.resident.identity import About, EngineIdentity
from mathcli.resident.link import Link
from mathcli.resident.place import Place, check, owned
from mathcli.resources import embedded_model
from mathcli.sandbox import Executor

OPTIONS = EngineOptions(context=512)
PROBLEMS = ["What is 3 + 4?", "Solve x^2 - 5x + 6 = 0", "What is 15% of 80?"]


def prompt(problem: str) -> list[Piece]:
    end = "\n<|assistant|>\nLet's write a program.\n"
    return [Piece("<|user|>\n", markup=True), Piece(problem), Piece(end, markup=True)]


def keeping(engine: LlamaEngine, executor: Executor) -> Keeping:
    identity = EngineIdentity.of(embedded_model(), OPTIONS)
    about = About(
        os.getpid(), identity, engine.context_length, "0" * 64, engine.version,
        engine.all_metadata(), executor.sandbox,
    )  # fmt: skip
    return Keeping(engine, executor, about)


@pytest.fixture(scope="module")
def exact() -> Iterator[LlamaEngine]:
    """An engine whose texts depend on nothing else, to the last bit."""
    engine = LlamaEngine(embedded_model(), EngineOptions(sequences=4, deterministic=True))
    yield engine
    engine.close()


@pytest.fixture
def at(short_folder: Path) -> Place:
    return Place(short_folder / "r")


@asynccontextmanager
async def hosted(
    at: Place, engine: LlamaEngine, keep: float | None = None
) -> AsyncIterator[tuple[Host, asyncio.Task[object]]]:
    async with Executor(workers=1) as executor:
        host = Host(keeping(engine, executor), keep=keep)
        ready = asyncio.Event()
        task: asyncio.Task[object] = asyncio.ensure_future(host.serve(at, ready.set))
        await ready.wait()
        try:
            yield host, task
        finally:
            host.stop()
            await task


async def nobody(lost: Link, hopeless: bool) -> Link:
    raise EngineError("it is lost")


@asynccontextmanager
async def used(at: Place) -> AsyncIterator[ResidentEngine]:
    engine = ResidentEngine(await Link.open(at), nobody)
    try:
        yield engine
    finally:
        engine.close()


async def settled(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def story(sequence: TextSequence) -> tuple[list[Completion], list[str], list[float]]:
    """What every kind of request makes of a sequence."""
    told: list[str] = []
    first = await sequence.generate(
        stop=("\n",), max_tokens=40, keep_stop=False, on_text=told.append, probabilities=True
    )
    await sequence.append([Piece("\n"), Piece("# so:", markup=True)])
    scores = await sequence.score(["1", "2"])
    twins = await sequence.fork(2, seed=11)
    parts = [first, *[await twin.generate(max_tokens=15) for twin in twins]]
    parts.append(await sequence.generate(max_tokens=15))
    for twin in twins:
        parts.append(await twin.generate(max_tokens=5, stop=("nothing",)))
        await twin.close()
    return parts, told, scores


def alike(one: Completion) -> object:
    drawn = [(token.piece, round(token.probability, 3)) for token in one.drawn]
    return one.text, one.finish, one.stop, one.tokens, drawn


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_every_request_does_what_it_does_without(
    at: Place, exact: LlamaEngine, temperature: float
) -> None:
    async def go() -> None:
        sampling = Sampling(temperature=temperature, seed=3)
        async with hosted(at, exact), used(at) as engine:
            for problem in PROBLEMS:
                own = await exact.open(prompt(problem), sampling)
                parts, told, scores = await story(own)
                ours = own.counts
                await own.close()
                other = await engine.open(prompt(problem), sampling)
                their_parts, their_told, their_scores = await story(other)
                assert list(map(alike, their_parts)) == list(map(alike, parts))
                assert "".join(their_told) == "".join(told)
                assert their_scores == pytest.approx(scores, abs=1e-4)
                assert other.text == own.text
                theirs = other.counts
                assert (theirs.prompt, theirs.generated, theirs.length) == (
                    ours.prompt, ours.generated, ours.length,
                )  # fmt: skip
                await other.close()
            for key in ("general.name", "tokenizer.chat_template", "tokenizer.eos_token"):
                assert engine.metadata(key) == exact.metadata(key)
            assert engine.context_length == exact.context_length

    asyncio.run(go())


def test_errors_are_what_they_are_without(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano), used(at) as engine:
            with pytest.raises(ContextFull, match="tokens"):
                await engine.open([Piece("1 " * 2000)], Sampling())
            sequence = await engine.open(prompt("1+1"), Sampling())
            with pytest.raises(ValueError, match="not one"):
                await sequence.score(["a text of many tokens"])
            with pytest.raises(ValueError, match="max_tokens"):
                await sequence.generate(max_tokens=0)
            assert (await sequence.generate(max_tokens=3)).tokens > 0

    asyncio.run(go())


def test_programs_run_in_the_warm_executor(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        own = Executor(workers=1)
        async with hosted(at, nano), used(at) as engine:
            runs = ResidentExecutor(engine, own)
            execution = await runs.run("print(x + 1)\nx", earlier=["x = 1"])
            assert execution.status == "raised"
            done = await runs.run("from sympy import *\nprint(factorint(42))")
            assert done.stdout == "{2: 1, 3: 1, 7: 1}\n"
            assert own.parent is None
            assert engine.link is not None
            engine.link.close()  # as if it had died
            assert (await runs.run("print(3)")).stdout == "3\n"
            assert own.parent is not None
        await own.close()

    asyncio.run(go())


def test_who_goes_away_leaves_nothing_behind(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        scheduler = nano.scheduler
        seated = len(scheduler.seats._seated)  # other tests share this engine
        async with hosted(at, nano) as (host, _):
            async with used(at) as engine:
                sequence = await engine.open(prompt("What is 3 + 4?"), Sampling(temperature=2))
                got = asyncio.Event()
                writing = asyncio.ensure_future(
                    sequence.generate(max_tokens=400, on_text=lambda text: got.set())
                )
                await got.wait()
                writing.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await writing
                await sequence.close()
                await settled(lambda: not scheduler._active)
                other = await engine.open(prompt("What is 5 + 4?"), Sampling(temperature=2))
                got.clear()
                task = asyncio.ensure_future(
                    other.generate(max_tokens=400, on_text=lambda text: got.set())
                )
                await got.wait()
            with pytest.raises(EngineError, match="closed"):
                await task
            await settled(lambda: not scheduler._active and not host._guests)
        await settled(lambda: len(scheduler.seats._seated) <= seated)

    asyncio.run(go())


def test_a_killed_engine_is_succeeded_in_the_middle_of_a_text(
    at: Place, exact: LlamaEngine
) -> None:
    """The connection is cut again and again: texts, draws and what is told stay the same."""

    async def go() -> None:
        sampling = Sampling(temperature=0.8, seed=4)
        own = await exact.open(prompt(PROBLEMS[0]), sampling)
        parts, told, _ = await story(own)
        await own.close()
        cuts = [0]

        async def again(lost: Link, hopeless: bool) -> Link | LlamaEngine:
            cuts[0] += 1
            return exact if cuts[0] == 6 else await Link.open(at)

        async with hosted(at, exact):
            engine = ResidentEngine(await Link.open(at), again)
            sequence = await engine.open(prompt(PROBLEMS[0]), sampling)

            async def cut() -> None:
                steps = exact.scheduler.steps
                while cuts[0] < 6:
                    await asyncio.sleep(0.002)
                    link = engine.link
                    if link is not None and exact.scheduler.steps > steps + 7:
                        link._writer.transport.abort()
                        steps = exact.scheduler.steps

            cutting = asyncio.ensure_future(cut())
            their_parts, their_told, _ = await story(sequence)
            cutting.cancel()
            engine.local = None  # it is the fixture's
            engine.close()
            assert cuts[0] > 2
        assert [alike(one)[:4] for one in their_parts] == [alike(one)[:4] for one in parts]  # type: ignore[index]
        assert "".join(their_told) == "".join(told)

    asyncio.run(go())


def test_where_one_after_the_other_dies_another_is_of_no_use(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano):
            deaths: list[bool] = []

            async def dead(lost: Link, hopeless: bool) -> Link | LlamaEngine:
                deaths.append(hopeless)
                if hopeless:
                    return nano
                link = await Link.open(at)
                link.close()
                return link

            link = await Link.open(at)
            link.close()
            engine = ResidentEngine(link, dead)
            sequence = await engine.open(prompt("1+1"), Sampling())
            assert (await sequence.generate(max_tokens=3)).tokens > 0
            await sequence.close()
            assert deaths == [False] * (len(deaths) - 1) + [True]

    asyncio.run(go())


HOSTILE: list[bytes] = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x02[]",
    wire.frame({"do": "generate"}),
    wire.frame({"do": "open", "id": True}),
    wire.frame({"do": "open", "id": 1})[:9],
]
WRONG = [
    {"do": "no such thing"},
    {"do": 7},
    {"do": "open", "sequence": -1, "prompt": [], "sampling": {}},
    {"do": "open", "sequence": 1, "prompt": [["", False]], "sampling": {}},
    {"do": "open", "sequence": 1, "prompt": [["x", 1]], "sampling": {}},
    {"do": "open", "sequence": 1, "prompt": [["x", True]], "sampling": {"seed": "1"}},
    {"do": "open", "sequence": 1, "prompt": [["x", True]], "sampling": {}, "begun": [1 << 40]},
    {"do": "generate", "sequence": 99, "stop": [], "max_tokens": 1},
    {"do": "fork", "sequence": 99, "as": [1], "seed": 0},
    {"do": "append", "sequence": {}, "pieces": []},
    {"do": "run", "program": 1},
    {"do": "run", "program": "1", "earlier": [], "semantics": {}, "limits": {"wall_seconds": -1}},
]


def test_whatever_is_sent_spoils_the_senders_own_work_only(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano) as (host, task):
            async with used(at) as engine:
                sequence = await engine.open(prompt("What is 3 + 4?"), Sampling())
                for data in HOSTILE:
                    reader, writer = await asyncio.open_unix_connection(str(at.socket))
                    await wire.read(reader)
                    writer.write(data)
                    writer.write_eof()
                    assert await wire.read(reader) is None
                    writer.close()
                assert engine.link is not None
                for message in WRONG:
                    with pytest.raises((ValueError, EngineError)):
                        await engine.link.ask(**message)  # type: ignore[arg-type]
                assert (await sequence.generate(max_tokens=3)).tokens > 0
            await settled(lambda: not host._guests)
            assert not task.done()

    asyncio.run(go())


def test_a_token_that_the_model_does_not_have_ends_nothing(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano) as (_, task), used(at) as engine:
            assert engine.link is not None
            with pytest.raises((ValueError, EngineError)):
                await engine.link.ask(
                    "open", sequence=1, prompt=[["x", True]], sampling={}, begun=[1 << 20]
                )
            assert not task.done()

    asyncio.run(go())


def test_it_ends_when_nobody_asked_for_long_enough(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano, keep=0.3) as (_, task):
            async with used(at) as engine:
                await asyncio.sleep(0.6)
                assert not task.done()  # somebody is there
                assert engine.link is not None
            await asyncio.wait_for(task, 20)
        assert not at.socket.exists()

    asyncio.run(go())


def test_who_is_told_to_end_finishes_what_runs(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano) as (host, task):
            engine = ResidentEngine(await Link.open(at), nobody)
            sequence = await engine.open(prompt("What is 3 + 4?"), Sampling())
            begun = asyncio.Event()
            writing = asyncio.ensure_future(
                sequence.generate(max_tokens=30, on_text=lambda text: begun.set())
            )
            await begun.wait()
            link = engine.link
            assert link is not None
            host.stop()
            assert (await writing).tokens > 0
            await asyncio.wait_for(task, 20)
            await settled(lambda: link.lost)
            assert link.dismissed

    asyncio.run(go())


# -- the place -------------------------------------------------------------------------------


def test_the_folder_and_the_socket_are_the_users_alone(at: Place, nano: LlamaEngine) -> None:
    async def go() -> None:
        async with hosted(at, nano):
            assert stat.S_IMODE(at.folder.stat().st_mode) == 0o700
            assert stat.S_IMODE(at.socket.stat().st_mode) == 0o600

    asyncio.run(go())


def test_another_user_is_turned_away(
    at: Place, nano: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mathcli.resident.place as module

    async def go() -> None:
        async with hosted(at, nano):
            monkeypatch.setattr(module, "peer", lambda connection: os.getuid() + 1)
            with pytest.raises(ConnectionRefusedError):
                await Link.open(at)
            reader, _ = await asyncio.open_unix_connection(str(at.socket))
            assert await wire.read(reader) is None
            monkeypatch.undo()
            (await Link.open(at)).close()

    asyncio.run(go())


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    from mathcli.resident.place import peer

    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert peer(one) == peer(other) == os.getuid()
        one.close()
        assert peer(one) is None


@pytest.mark.parametrize("trouble", ["open", "file", "link", "long"])
def test_a_folder_that_is_not_safe_is_not_used(tmp_path: Path, trouble: str) -> None:
    folder = tmp_path / "r"
    if trouble == "open":
        folder.mkdir()
        folder.chmod(0o755)
    elif trouble == "file":
        folder.write_text("")
    elif trouble == "link":
        (tmp_path / "x").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "x")
    else:
        folder = tmp_path / ("r" * 120)
        folder.mkdir(mode=0o700)
    with pytest.raises(EngineError):
        check(Place(folder))


def test_only_one_process_listens(at: Place) -> None:
    lock = owned(at)
    with pytest.raises(UsageError, match="already"):
        owned(at)
    lock.release()
    owned(at).release()


def test_what_differs_is_named() -> None:
    from dataclasses import replace

    mine = EngineIdentity.of(embedded_model(), OPTIONS)
    assert mine.differs_from(mine) is None
    for change, word in (
        ({"version": "0"}, "mathcli 0"),
        ({"path": "/other.gguf"}, "other.gguf"),
        ({"size": 1}, "changed"),
        ({"changed": 1}, "changed"),
        ({"context": 64}, "--context"),
        ({"threads": 3}, "--threads"),
        ({"gpu": "off"}, "--gpu"),
    ):
        other = replace(mine, **change)  # type: ignore[arg-type]
        assert word in (mine.differs_from(other) or "")
    assert mine.is_stale_beside(replace(mine, changed=1))
    assert not mine.is_stale_beside(replace(mine, path="/other.gguf"))
    assert mine.options().context == OPTIONS.context
