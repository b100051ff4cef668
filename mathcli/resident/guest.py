"""One client's connection to the resident process: its sequences and requests.

A faulty client can damage only its own work. When it disconnects, all its sequences are closed.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mathcli.engines.local_sequence import LlamaSequence, sequence_of
from mathcli.errors import EngineError
from mathcli.resident import messages, wire

if TYPE_CHECKING:
    from mathcli.resident.host import Host

_MOST_SEQUENCES = 1024
_MOST_CALLS = 512
_MOST_BUFFERED = 256 * 1024  # bytes waiting for a slow reader after which messages are combined
_STALLED = 60.0  # seconds after which a client that reads nothing is disconnected

Message = dict[str, Any]


class Guest:
    """A connected client. `serve` returns when it has disconnected."""

    def __init__(self, host: Host, reader: StreamReader, writer: StreamWriter) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer
        self._sequences: dict[int, LlamaSequence] = {}
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._writing: dict[int, int] = {}  # the request that works on a sequence
        self._room = asyncio.Semaphore(_MOST_CALLS)
        self.used = False  # it did more than request the status
        self._does: dict[str, Callable[[int, Message], Awaitable[Message]]] = {
            "open": self._open,
            "append": self._append,
            "generate": self._generate,
            "fork": self._fork,
            "score": self._score,
            "run": self._run,
            "status": self._status,
            "stop": self._stop,
        }

    @property
    def busy(self) -> bool:
        """Does any request of it run?"""
        return bool(self._calls)

    async def serve(self) -> None:
        """Answer its requests until it disconnects."""
        self._send({"about": self._host.about.record()})
        try:
            while (message := await wire.read(self._reader)) is not None:
                await self._take(message)
        except wire.Broken:
            pass  # no later message can be read
        finally:
            self._writer.transport.abort()
            await self._give_back()

    def dismiss(self) -> None:
        """Report the end of the process, and close."""
        self._send({"bye": True})
        self._writer.close()

    async def _take(self, message: Message) -> None:
        do, number = message.get("do"), message.get("id")
        if do == "close":
            await self._close(message)
        elif do == "cancel":
            task = self._calls.get(number) if isinstance(number, int) else None
            if task is not None:
                task.cancel()
        elif type(number) is int and number not in self._calls:
            self.used = self.used or do != "status"
            await self._room.acquire()
            self._calls[number] = asyncio.ensure_future(self._answer(number, message))
        else:
            raise wire.Broken("a request without a number of its own")

    async def _answer(self, number: int, message: Message) -> None:
        try:
            if self._host.ending:
                return  # the client gets the error and uses another engine
            does = self._does.get(str(message.get("do")))
            if does is None:
                raise ValueError(f"there is no {str(message.get('do'))[:40]}")
            answer = await does(number, message)
            await asyncio.wait_for(self._writer.drain(), _STALLED)
            self._send({"id": number, **answer})
        except asyncio.TimeoutError:
            self._writer.transport.abort()
        except ConnectionError:
            pass  # the client has disconnected
        except Exception as error:  # whatever the error, the client must get an answer
            self._send({"id": number, "error": messages.from_error(error)})
            self._host.look_after_engine()
        finally:
            del self._calls[number]
            self._room.release()
            self._host.done()

    def _send(self, message: Message) -> None:
        if not self._writer.is_closing():
            self._writer.write(wire.frame(message))

    async def _give_back(self) -> None:
        """Cancel running requests, and close all sequences."""
        tasks = list(self._calls.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        sequences, self._sequences = self._sequences, {}
        for sequence in sequences.values():
            await sequence.close()

    # -- requests ------------------------------------------------------------------------------

    async def _open(self, number: int, message: Message) -> Message:
        """Open a sequence with a past from elsewhere, which is usually only a prompt."""
        name = self._new_name(message.get("sequence"))
        engine = self._host.engine
        past = messages.past(message)
        sequence = await engine.open(past.prompt, past.sampling)
        if past.steps or past.begun or past.randoms:
            sequence = sequence_of(engine, past)
        self._sequences[name] = sequence
        return _counted(sequence)

    async def _append(self, number: int, message: Message) -> Message:
        sequence = self._sequence(message)
        await sequence.append(messages.pieces(message.get("pieces")))
        return _counted(sequence)

    async def _generate(self, number: int, message: Message) -> Message:
        sequence = self._sequence(message)
        name = message["sequence"]
        if name in self._writing:
            raise ValueError("this sequence is being written already")
        self._writing[name] = number
        base = len(sequence.tokens)
        stream = _Stream(number, sequence, base, self._send_if_read)
        try:
            completion = await sequence.generate(
                stop=messages.listed(message.get("stop"), messages.text),
                max_tokens=messages.whole(message.get("max_tokens"), least=1),
                keep_stop=bool(message.get("keep_stop", True)),
                on_text=stream.add,
                probabilities=bool(message.get("probabilities")),
            )
        finally:
            del self._writing[name]
        return {
            "text": stream.rest(),
            "ids": sequence.tokens[base:],
            "randoms": sequence.randoms,
            "completion": messages.from_completion(completion),
            **_counted(sequence),
        }

    async def _fork(self, number: int, message: Message) -> Message:
        sequence = self._sequence(message)
        names = [self._new_name(one) for one in messages.listed(message.get("as"), int)]
        if len(set(names)) < len(names):
            raise ValueError("two copies of one name")
        seed = messages.whole(message.get("seed"), most=1 << 64)
        twins = await sequence.fork(len(names), seed=seed)
        for name, twin in zip(names, twins, strict=True):
            assert isinstance(twin, LlamaSequence)
            self._sequences[name] = twin
        return _counted(sequence) | {"of": [_counted(self._sequences[one]) for one in names]}

    async def _score(self, number: int, message: Message) -> Message:
        sequence = self._sequence(message)
        scores = await sequence.score(messages.listed(message.get("choices"), messages.text))
        return {"scores": list(map(repr, scores)), **_counted(sequence)}  # -inf is not JSON

    async def _run(self, number: int, message: Message) -> Message:
        program, earlier, semantics, limits = messages.program(message)
        execution = await self._host.executor.run(
            program, earlier=earlier, semantics=semantics, limits=limits
        )
        return {"execution": vars(execution)}

    async def _status(self, number: int, message: Message) -> Message:
        return {"status": self._host.status()}

    async def _stop(self, number: int, message: Message) -> Message:
        self._host.stop()
        return {}

    async def _close(self, message: Message) -> None:
        """Close a sequence; its generation ends at once."""
        name = message.get("sequence")
        sequence = self._sequences.pop(name, None) if isinstance(name, int) else None
        if sequence is None:
            return
        writing = self._calls.get(self._writing.get(name, -1)) if isinstance(name, int) else None
        if writing is not None:
            writing.cancel()
        await sequence.close()

    def _sequence(self, message: Message) -> LlamaSequence:
        name = message.get("sequence")
        sequence = self._sequences.get(name) if isinstance(name, int) else None
        if sequence is None:
            raise EngineError("there is no such sequence")
        return sequence

    def _new_name(self, name: Any) -> int:
        if len(self._sequences) >= _MOST_SEQUENCES:
            raise EngineError(f"one call may have {_MOST_SEQUENCES} sequences at once")
        if messages.whole(name) in self._sequences:
            raise ValueError("this sequence is there already")
        return int(name)

    def _send_if_read(self, message: Message) -> bool:
        """Send, unless the client does not read; then the next message contains more."""
        if self._writer.transport.get_write_buffer_size() > _MOST_BUFFERED:
            return False
        self._send(message)
        return True


class _Stream:
    """The unsent text of one generation, with its tokens."""

    def __init__(
        self, number: int, sequence: LlamaSequence, sent: int, send: Callable[[Message], bool]
    ) -> None:
        self._number = number
        self._sequence = sequence
        self._sent = sent  # tokens of the sequence
        self._send = send
        self._waiting: list[str] = []

    def add(self, text: str) -> None:
        """Add text."""
        self._waiting.append(text)
        tokens = self._sequence.tokens
        ids, length = tokens[self._sent :], len(tokens)
        event = {"id": self._number, "text": "".join(self._waiting), "ids": ids}
        if self._send(event | _counted(self._sequence)):
            self._waiting.clear()
            self._sent = max(self._sent, length)

    def rest(self) -> str:
        """Return what was not sent yet."""
        return "".join(self._waiting)


def _counted(sequence: LlamaSequence) -> Message:
    return {"counts": messages.from_counts(sequence.counts)}
