"""An engine that writes what a script says, for what no real model writes on demand.

It honours stop strings and token limits (one character is one token) and sees loops, as a real
engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mathcli.engines import Completion, Counts, Engine, Piece, Sampling, TextSequence, Token
from mathcli.engines.loops import LoopDetector
from mathcli.engines.stops import StopScanner


class ScriptedEngine(Engine):
    """Each `generate` writes the next text of the script, and nothing when it is used up.

    Every token has the probability `sure`.
    """

    def __init__(self, *script: str, sure: float = 1.0) -> None:
        self.sure = sure
        self.script = list(script)
        self.opened: list[ScriptedSequence] = []

    @property
    def context_length(self) -> int:
        return 100_000

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ScriptedSequence:
        sequence = ScriptedSequence(self.script, "".join(piece.text for piece in prompt), self.sure)
        self.opened.append(sequence)
        return sequence

    def metadata(self, key: str) -> str | None:
        return None

    def close(self) -> None:
        pass


class ScriptedSequence(TextSequence):
    def __init__(self, script: list[str], prompt: str, sure: float = 1.0) -> None:
        self._script = script
        self._sure = sure
        self.prompt = prompt
        self._text = ""
        self._generated = 0
        self.appended: list[list[Piece]] = []
        self.closed = False

    @property
    def text(self) -> str:
        return self._text

    @property
    def counts(self) -> Counts:
        length = len(self.prompt) + len(self._text)
        return Counts(length - self._generated, self._generated, length, length)

    async def generate(
        self,
        *,
        stop: Sequence[str] = (),
        max_tokens: int,
        keep_stop: bool = True,
        on_text: Callable[[str], None] | None = None,
        probabilities: bool = False,
    ) -> Completion:
        scanner, loops = StopScanner(stop), LoopDetector()
        text = ""
        finish = "eos"
        for written, character in enumerate(self._script.pop(0) if self._script else ""):
            if written == max_tokens:
                finish = "max_tokens"
                break
            text += scanner.feed(character.encode())
            if scanner.stop is not None:
                finish = "stop"
                break
            if loops.add(character.encode()):
                finish = "loop"
                break
        text += scanner.rest(keep_stop=keep_stop)
        if on_text is not None:
            on_text(text)
        self._text += text
        self._generated += len(text)
        drawn = tuple(Token(one.encode(), self._sure) for one in text) if probabilities else ()
        return Completion(  # type: ignore[arg-type]
            text, finish, scanner.stop, len(text), 1.0, 1.0, drawn
        )

    async def append(self, text: str | Sequence[Piece]) -> None:
        pieces = [Piece(text)] if isinstance(text, str) else text
        self.appended.append(list(pieces))
        self._text += "".join(piece.text for piece in pieces)

    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        twins: list[TextSequence] = []
        for _ in range(n):
            twin = ScriptedSequence(self._script, self.prompt, self._sure)
            twin._text, twin._generated = self._text, self._generated
            twins.append(twin)
        return twins

    async def score(self, choices: Sequence[str]) -> list[float]:
        raise AssertionError("the loop does not score")

    async def close(self) -> None:
        self.closed = True
