"""The interface of sequences and engines, the same for every kind of engine.

A sequence is a growing text in an engine: `generate`, `append`, `fork`, `close`. Methods,
votes and searches use only these operations. Engines contain nothing about mathematics.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Finish = Literal["stop", "eos", "max_tokens", "context", "loop"]


@dataclass(frozen=True)
class Piece:
    """A piece of text given to a model.

    `markup` text comes from a template: special-token strings in it become special tokens.
    In all other text (a problem, a program's output) they remain plain characters.
    """

    text: str
    markup: bool = False


@dataclass(frozen=True)
class Sampling:
    """The sampling parameters.

    `temperature` 0 is greedy. `top_k` 0, `top_p` 1, `min_p` 0 and `repetition_penalty` 1 mean
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
    """A generated token: its bytes, and the model's probability for it (temperature 1)."""

    piece: bytes
    probability: float


@dataclass(frozen=True)
class Completion:
    """The result of one `generate`.

    `finish` is the reason for the end; "loop" means endless repetition (see `loops`).
    `text` includes the stop string if the caller asked to keep it; `stop` is the stop string that
    ended the text, if any. `tokens` counts sampled tokens, without the end token.
    `milliseconds` runs from the request to its end; `first_token_ms` to the first token.
    `drawn` are the complete tokens of the text, if their probabilities were requested and the
    server reports them.
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
    """Token counts of one sequence: `prompt` tokens were given or appended, `generated` ones were
    written and kept, `evaluated` ones were evaluated by the model for it, `length` is its present
    length."""

    prompt: int
    generated: int
    evaluated: int
    length: int


class TextSequence(ABC):
    """A growing text in an engine. Use it only from the event loop that opened it."""

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
        """Generate text up to a stop string, the end token, `max_tokens`, the end of the context,
        or until the text repeats itself endlessly.

        `on_text` is called on the event loop with each new piece of text: only whole characters,
        and no text that may still become part of a stop string.
        `probabilities` requests the tokens' probabilities as well.
        A sequence whose `generate` was cancelled can only be closed.

        Raises:
            ContextFull: no further token fits into the context.
            EngineError: the native library failed.
        """

    @abstractmethod
    async def append(self, text: str | Sequence[Piece]) -> None:
        """Append text, which is evaluated by the next `generate`.

        Special tokens are parsed only in pieces that are markup; a `str` is plain text.
        """

    @abstractmethod
    async def fork(self, n: int, *, seed: int | None = None) -> list[TextSequence]:
        """`n` new sequences that continue this one and share its evaluated tokens.

        The i-th of them samples with `seed` plus i, by default this sequence's own seed plus i.
        Each restarts its random numbers. This sequence stays usable.
        """

    @abstractmethod
    async def score(self, choices: Sequence[str]) -> list[float]:
        """Log-probabilities of each choice as the next token; generates nothing.

        Used for reward models that answer with a token (`+` or `-`).

        Raises:
            ValueError: a choice is not a single token of this model.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close the sequence and free its cache. Closing twice has no effect."""


class Engine(ABC):
    """A loaded model that evaluates any number of sequences at once."""

    @property
    @abstractmethod
    def context_length(self) -> int:
        """The maximum length of a sequence, in tokens."""

    @property
    def written(self) -> int:
        """Tokens written so far by all sequences together; 0 if the engine does not count them."""
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

        `tokenizer.bos_token` and `tokenizer.eos_token` are the spellings for chat templates: a
        begin token that the tokenizer adds by itself is empty.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop all work and free the model. Closing twice has no effect."""
