"""The kind of a problem: a question, one in parts, a request for a proof, or none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mathcli.problems.others import is_no_problem
from mathcli.problems.parts import Part, parts_of
from mathcli.problems.proofs import asks_for_proof

Kind = Literal["question", "parts", "proof", "none"]

LONGEST = 20_000
"""Characters; a longer text is taken for a question unseen."""


@dataclass(frozen=True)
class ProblemForm:
    """What a text asks for.

    Args:
        kind: `question` for one answer, `parts` for one to each part, `proof` for a proof, `none`
            where the text is certainly no problem of mathematics.
        parts: for the kind `parts`: the parts in their order.
        stem: for the kind `parts`: the text before the first part, which concerns them all.
    """

    kind: Kind
    parts: tuple[Part, ...] = ()
    stem: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the parts that have an answer: all parts but proofs."""
        return tuple(part.label for part in self.parts if not part.proof)


def form_of(text: str) -> ProblemForm:
    """What a text asks for.

    >>> request_of("Show that 2 is prime.").kind, request_of("Show your work: 2+2").kind
    ('proof', 'question')
    >>> request_of("Find (a) 2+3 (b) 2*3").labels, request_of("Hello!").kind
    (('a', 'b'), 'none')
    """
    text = text.strip()
    if len(text) > LONGEST:
        return ProblemForm("question")
    if is_no_problem(text):
        return ProblemForm("none")
    parts = parts_of(text)
    if parts is not None and not all(part.proof for part in parts.parts):
        return ProblemForm("parts", parts.parts, parts.stem)
    if parts is not None or asks_for_proof(text):
        return ProblemForm("proof")
    return ProblemForm("question")
