"""An engine that replays what a model would write: it goes on with a text where it was stopped.

Unlike `ScriptedEngine`, a stop string in the middle of a text does not lose the rest of it: if
nothing is appended, the next `generate` goes on there. Whatever is appended begins the next text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mathcli.engines import Completion, Counts, Engine, Piece, Sampling, TextSequence
from mathcli.engines.stops import StopScanner
from mathcli.errors import ContextFull


class ReplayedEngine(Engine):
    """One character is one token.

    Args:
        template: the chat template of the model's file.
        size: of one stretch that a listener hears, in characters.
        context: tokens that fit into the context.
    """

    def __init__(
        self, *texts: str, template: str | None = None, size: int = 1, context: int = 100_000
    ) -> None:
        self.texts = list(texts)
        self.template = template
        self.size = size
        self.context = context
        self.prompt: Sequence[Piece] = ()
        self.opened: list[ReplayedSequence] = []

    @property
    def context_length(self) -> int:
        return self.context

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ReplayedSequence:
        self.prompt = prompt
        sequence = ReplayedSequence(self, "".join(piece.text for piece in prompt))
        self.opened.append(sequence)
        return sequence

    def metadata(self, key: str) -> str | None:
        return self.template if key == "tokenizer.chat_template" else None

    def close(self) -> None:
        pass


class ReplayedSequence(TextSequence):
    def __init__(self, engine: ReplayedEngine, prompt: str) -> None:
        self._engine = engine
        self.prompt = prompt
        self._text = ""
        self._generated = 0
        self._at = 0
        self._turn = 0
        self._began = False
        self.appended: list[list[Piece]] = []
        self.asked: list[tuple[tuple[str, ...], int]] = []

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
        self.asked.append((tuple(stop), max_tokens))
        self._began = True
        room = self._engine.context - self.counts.length
        if room <= 0:
            raise ContextFull("the context is full")
        texts = self._engine.texts
        rest = texts[self._turn][self._at :] if self._turn < len(texts) else ""
        scanner, written, finish = StopScanner(stop), 0, "eos"
        text = ""
        for character in rest:
            if written == min(max_tokens, room):
                finish = "max_tokens" if max_tokens <= room else "context"
                break
            text += scanner.feed(character.encode())
            written += 1
            if scanner.stop is not None:
                finish = "stop"
                break
        text += scanner.rest(keep_stop=keep_stop)
        self._at += written
        self._text += text
        self._generated += written
        if on_text is not None:
            for at in range(0, len(text), self._engine.size):
                on_text(text[at : at + self._engine.size])
        return Completion(text, finish, scanner.stop, written, 1.0, 1.0)  # type: ignore[arg-type]

    async def append(self, text: str | Sequence[Piece]) -> None:
        pieces = [Piece(text)] if isinstance(text, str) else list(text)
        self.appended.append(pieces)
        self._text += "".join(piece.text for piece in pieces)
        if self._began:  # a thought that is closed before anything was written loses nothing
            self._turn, self._at, self._began = self._turn + 1, 0, False

    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        twins: list[TextSequence] = []
        for _ in range(n):
            twin = ReplayedSequence(self._engine, self.prompt)
            twin._text, twin._generated = self._text, self._generated
            twin._at, twin._turn, twin._began = self._at, self._turn, self._began
            twins.append(twin)
        return twins

    async def score(self, choices: Sequence[str]) -> list[float]:
        raise AssertionError("the loop does not score")

    async def close(self) -> None:
        pass
