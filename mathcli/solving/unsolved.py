"""The transcript of a problem whose solve did not finish."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from mathcli.problems import Kind
from mathcli.solving.options import SolveOptions
from mathcli.solving.resources import Resources
from mathcli.solving.transcript import (
    Finish,
    SamplingInfo,
    Segment,
    Timing,
    TokenCounts,
    Transcript,
)


def unsolved(
    resources: Resources,
    problem: str,
    options: SolveOptions,
    *,
    kind: Kind = "question",
    finish: Finish = "no_answer",
    segments: Sequence[Segment] = (),
    generated: int = 0,
    total_ms: float = 0.0,
) -> Transcript:
    """The transcript of a problem without an answer, with the solution as far as it exists."""
    sampling = options.sampling
    return Transcript(
        id=uuid.uuid4().hex[:16],
        problem=problem,
        model=resources.model,
        method=options.method or resources.card.default_method,
        sampling=SamplingInfo(sampling.temperature, sampling.top_p, sampling.seed, options.samples),
        segments=tuple(segments),
        answer=None,
        finish=finish,
        kind=kind,
        counts=TokenCounts(
            generated_tokens=generated, executions=sum(one.kind == "output" for one in segments)
        ),
        timing=Timing(
            load_ms=round(resources.load_ms, 3),
            first_token_ms=0.0,
            total_ms=round(total_ms, 3),
            tokens_per_second=0.0,
        ),
        follows=options.follows,
        earlier=options.earlier,
    )
