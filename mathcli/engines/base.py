"""What a sequence can do, whichever engine evaluates it.

A sequence is a growing text in an engine: `generate`, `append`, `fork`, `close`. Methods,
votes and searches are written with these and nothing else. Engines know nothing of mathematics.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Finish = Literal["stop", "eos", "max_tokens", "context", "loop"]


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is given to a model.

    `markup` text comes from a template: special-token strings in it become special tokens.
    In all other text (a problem, a program's output) they stay plain characters.
    """

    text: str
    markup: bool = False


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    `temperature` 0 is greedy. `top_k` 0, `top_p` 1, `min_p` 0 and `repetition_penalty` 1 are
    off. Draws depend only on `seed` and on the logits, never on what else is in the batch.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Token:
    """A token that was written: its bytes, and how probable the model found it (temperature 1)."""

    piece: bytes
    probability: float


@dataclass(frozen=True)
class Completion:
    """What one `generate` wrote.

    `finish` says what ended it; "loop" is a text that repeats itself without end (see `loops`).
    `text` includes the stop string when the caller asked to keep it; `stop` is the string that
    ended the text, if one did. `tokens` counts sampled tokens, without the end token.
    `milliseconds` runs from the request to its end; `first_token_ms` to the first token.
    `drawn` are the whole tokens of the text where their probabilities were asked for and are
    known: a server may keep them to itself.
    """

    text: str
    finish: Finish
    stop: str | None
    tokens: int
    milliseconds: float
    first_token_ms: float
    drawn: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Counts:
    """Tokens of one sequence: `prompt` were given or appended, `generated` were written and kept,
    `evaluated` went through the model for it, `length` are in it now. `rejected` went through the
    model too, as guesses that were not kept."""

    prompt: int
    generated: int
    evaluated: int
    length: int
    rejected: int = 0


class TextSequence(ABC):
    """A growing text in an engine. Use from the event loop that opened it."""

    @property
    @abstractmethod
    def text(self) -> str:
        """Everything after the prompt: generated and appended text, in order."""

    @property
    @abstractmethod
    def counts(self) -> Counts:
        """Token counts so far."""

    @abstractmethod
    async def generate(
        self,
        *,
        stop: Sequence[str] = (),
        max_tokens: int,
        keep_stop: bool = True,
        on_text: Callable[[str], None] | None = None,
        probabilities: bool = False,
    ) -> Completion:
        """Write on until a stop string, the end token, `max_tokens`, the end of the context, or
        until the text repeats itself without end.

        `on_text` is called on the event loop with each new stretch of text, never with half a
        character and never with text that a stop string would take back.
        `probabilities` asks for those of the tokens as well.
        A sequence whose `generate` was cancelled can only be closed.

        Raises:
            ContextFull: not one more token fits into the context.
            EngineError: the native library failed.
        """

    @abstractmethod
    async def append(self, text: str | Sequence[Piece]) -> None:
        """Add text, which is evaluated with the next `generate`.

        Special tokens in it are parsed only in pieces that are markup; a `str` is plain.
        """

    @abstractmethod
    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        """`n` new sequences that go on from here, sharing all that is evaluated.

        The i-th of them samples with `seed` plus i, by default this sequence's own seed plus i.
        Each begins its random draws anew. This sequence stays usable.
        """

    @abstractmethod
    async def score(self, choices: Sequence[str]) -> list[float]:
        """Log-probabilities of each choice as the next token, nothing being written.

        This is how reward models that answer with a token (`+` or `-`) are read.

        Raises:
            ValueError: a choice is not one token of this model.
        """

    @abstractmethod
    async def close(self) -> None:
        """Give back its place in the engine. Closing twice is fine."""


class Engine(ABC):
    """A loaded model that evaluates any number of sequences at once."""

    @property
    @abstractmethod
    def context_length(self) -> int:
        """The longest sequence, in tokens."""

    @property
    def written(self) -> int:
        """Tokens written so far, by all sequences together; 0 where the engine does not count."""
        return 0

    @abstractmethod
    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> TextSequence:
        """Start a sequence.

        Raises:
            ContextFull: the prompt alone is as long as the context.
        """

    @abstractmethod
    def metadata(self, key: str) -> str | None:
        """A metadata value of the model file (`general.name`, `tokenizer.chat_template`, …).

        `tokenizer.bos_token` and `tokenizer.eos_token` are how chat templates are to spell these
        tokens: a begin token that the tokenizer adds by itself is empty.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop working and free the model. Closing twice is fine."""
