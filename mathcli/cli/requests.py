"""How a request over HTTP asks to have a problem solved: the options of `solve`, as fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mathcli.api.bodies import Body, flag, number, whole, word
from mathcli.cli.effort import Effort, Strategy
from mathcli.cli.options import Asked, Method
from mathcli.cli.thinking import asked_thinking

if TYPE_CHECKING:
    from mathcli.models import Card
    from mathcli.solving import SolveOptions

_MOST_SAMPLES = 64
_MOST = 1 << 24  # of what is bounded otherwise: tokens by the context, rounds by the time
_SECONDS = 600.0  # where no timeout is given
_MOST_SECONDS = 3600.0


def options_of(body: Body, card: Card) -> SolveOptions:
    """How to solve, as a request says: `method`, `samples`, `confidence`, `min_agreement`,
    `min_trust`, `check`, `strategy`, `budget`, `paraphrase`, `branch`, `iterations`, `think`,
    `max_rounds`, `timeout` in seconds, and OpenAI's `temperature`, `top_p`, `seed` and `max_tokens`
    (between programs).

    Raises:
        Refused, UsageError, ValueError: some of it makes no sense.
    """
    method, strategy, think = (word(body, name) for name in ("method", "strategy", "think"))
    effort = Effort(
        None if strategy is None else Strategy(strategy),
        _whole(body, "samples", 1, _MOST_SAMPLES),
        _whole(body, "budget", 1, _MOST),
        _number(body, "confidence", 0.5, 1),
        _number(body, "min_agreement", 0, 1),
        _number(body, "min_trust", 0, 1),
        flag(body, "check"),
        whole(body, "paraphrase", 0, 0, 16),
        None,
        whole(body, "branch", 4, 1, 32),
        _whole(body, "iterations", 1, _MOST_SAMPLES),
    )
    asked = Asked(
        None if method is None else Method(method),
        _number(body, "temperature", 0, 100),
        _number(body, "top_p", 0.01, 1),
        whole(body, "seed", 0, -(2**63), 2**63) % 2**63,
        _whole(body, "max_rounds", 0, _MOST),
        _whole(body, "max_tokens", 1, _MOST),
        number(body, "timeout", _SECONDS, 0.001, _MOST_SECONDS),
        effort,
        asked_thinking(think),
    )
    return asked.options(card)


def _whole(body: Body, name: str, least: int, most: int) -> int | None:
    return None if body.get(name) is None else whole(body, name, least, least, most)


def _number(body: Body, name: str, least: float, most: float) -> float | None:
    return None if body.get(name) is None else number(body, name, least, least, most)
