"""What people write themselves to let a chat model compute: what mathcli is measured beside.

A conversation is asked for a program, the program runs by `exec`, and its output goes back as a
message of the user. Nothing confines the programs: it is how such scripts are written, and why
this is for measuring only.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import llama_cpp

from mathcli.engines.hardware import physical_threads
from mathcli.models import Card

Messages = list[dict[str, str]]
_PROGRAM = re.compile(r"```(?:python|py)\n(.*?)```", re.S)
_SECONDS = 5  # for a program


@dataclass(frozen=True)
class Asked:
    """What is asked for: the card's words, and its limits."""

    card: Card
    max_tokens: int
    rounds: int

    def messages(self, problem: str) -> Messages:
        """The conversation that begins a solution."""
        chat = self.card.prompt_for("tir").chat
        assert chat is not None
        found = [{"role": "system", "content": chat.system}] if chat.system else []
        for example in chat.examples:
            user = chat.user.replace("{problem}", example.problem)
            found.append({"role": "user", "content": user})
            found.append({"role": "assistant", "content": example.solution})
        return [*found, {"role": "user", "content": chat.user.replace("{problem}", problem)}]

    def body(self, messages: Messages) -> dict[str, Any]:
        """The parameters of one completion."""
        stop = ["```output"]
        return {
            "messages": messages, "max_tokens": self.max_tokens, "temperature": 0.0, "stop": stop
        }  # fmt: skip


def python_loop(model: Path, context: int) -> Callable[[Asked, Sequence[str]], int]:
    """One conversation after the other, in this process; tells the tokens that were written."""
    llama = llama_cpp.Llama(str(model), n_ctx=context, n_threads=physical_threads(), verbose=False)

    def solve_all(asked: Asked, problems: Sequence[str]) -> int:
        async def complete(messages: Messages) -> tuple[str, int]:
            return _read(llama.create_chat_completion(**asked.body(messages)))

        async def run() -> int:
            return sum([await _converse(asked, problem, complete) for problem in problems])

        return asyncio.run(run())

    return solve_all


def server_clients(url: str, clients: int) -> Callable[[Asked, Sequence[str]], int]:
    """As many conversations at a time as there are clients, with a server."""

    def solve_all(asked: Asked, problems: Sequence[str]) -> int:
        async def run() -> int:
            turn = asyncio.Semaphore(clients)
            async with httpx2.AsyncClient(timeout=3600) as client:

                async def complete(messages: Messages) -> tuple[str, int]:
                    body = asked.body(messages)
                    return _read(
                        (await client.post(f"{url}/v1/chat/completions", json=body)).json()
                    )

                async def one(problem: str) -> int:
                    async with turn:
                        return await _converse(asked, problem, complete)

                return sum(await asyncio.gather(*(one(problem) for problem in problems)))

        return asyncio.run(run())

    return solve_all


async def _converse(
    asked: Asked, problem: str, complete: Callable[[Messages], Awaitable[tuple[str, int]]]
) -> int:
    """One solution; returns the tokens that the model wrote."""
    messages, tokens = asked.messages(problem), 0
    for _ in range(asked.rounds + 1):
        text, written = await complete(messages)
        tokens += written
        programs = _PROGRAM.findall(text + "```")
        if not programs or "\\boxed" in text:
            break
        output = executed(programs[-1])
        messages = [
            *messages,
            {"role": "assistant", "content": text},
            {"role": "user", "content": f"The program printed:\n{output}"},
        ]
    return tokens


def executed(program: str) -> str:
    """What a program prints, or its error; stopped after some seconds."""
    printed = io.StringIO()

    def stop(*_: object) -> None:
        raise TimeoutError("too slow")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_SECONDS)
    try:
        with contextlib.redirect_stdout(printed):
            exec(program, {})
    except BaseException as error:
        return f"{printed.getvalue()}{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return printed.getvalue()[:400]


def _read(answer: Any) -> tuple[str, int]:
    text = answer["choices"][0]["message"]["content"] or ""
    return text, int(answer["usage"]["completion_tokens"])
