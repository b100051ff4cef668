"""What a text asks for: an answer, an answer to each of its parts, a proof, or no mathematics.

Found by string patterns alone: no model is asked, and nothing heavy is imported. A doubtful text
counts as asking for an answer.
"""

from __future__ import annotations

from mathcli.problems.kinds import Kind, ProblemForm, form_of
from mathcli.problems.parts import Part, Parts, parts_of

__all__ = ["Kind", "Part", "Parts", "ProblemForm", "form_of", "parts_of"]
