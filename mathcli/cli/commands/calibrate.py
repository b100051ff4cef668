"""`mathcli calibrate`: learn when programs beat words for a model, on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.calibration.learning import RELIABLE
from mathcli.cli import output
from mathcli.cli.backend import Backend, Setup, chosen_setup
from mathcli.cli.batch_progress import Tally
from mathcli.cli.calibrate_report import CalibrationResult, ShownCalibration
from mathcli.cli.completion import SHEETS, complete_file, complete_model
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import Without, grouped
from mathcli.cli.request import Request, Writing
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.batches import Journal, Problem
    from mathcli.calibration import Judged
    from mathcli.models import Card
    from mathcli.solving import ModelInfo, SolveOptions, Solver
    from mathcli.trust import Estimator


@dataclass(frozen=True)
class Plan:
    """What a calibration is to do."""

    dataset: Annotated[
        Path | None,
        typer.Argument(
            help="Problems, best with answers: .jsonl, .csv, .xlsx, or one a line.",
            autocompletion=complete_file(*SHEETS, ".jsonl", ".txt"),
        ),
    ] = None
    show: Annotated[
        bool, typer.Option("--show", help="Only show what was learned for the model before.")
    ] = False
    rollouts: Annotated[
        int, typer.Option(min=1, max=64, help="Solutions of each problem with each method.")
    ] = 4
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Keep rollouts in this file; started again, go on."),
    ] = None
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin the output file anew.")] = False
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N problems.")
    ] = None
    width: Annotated[int, typer.Option(min=1, max=64, help="Solutions in work at once.")] = 16
    allow_few: Annotated[
        bool,
        typer.Option(help=f"Keep also what was learned from fewer than {RELIABLE} problems."),
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False

    def check(self, model: str) -> None:
        """Refuse a plan that could not be carried out.

        Raises:
            UsageError: there is nothing to learn from, or nothing to begin anew.
        """
        if self.dataset is None:
            raise UsageError(
                "there is no dataset to learn from",
                f"try: mathcli calibrate {model} problems.jsonl",
            )
        if self.fresh and self.out is None:
            raise UsageError("--fresh needs an output file", "name one with -o")


@grouped
def calibrate_command(
    model: Annotated[
        str,
        typer.Argument(
            help="A .gguf file, a pulled model, or nano; with --server the server's name for it.",
            autocompletion=complete_model,
        ),
    ],
    plan: Plan,
    writing: Writing,
    backend: Annotated[Backend, Without("model")],
    help_all: HelpAll = False,
) -> None:
    """Learn how far a model can be trusted, and for which problems it should write programs.

    Every problem is solved several times in words, with programs, and with the
    model's own cue where it has one, with the sampling that its card has for
    votes. A small classifier then learns to tell from a problem's text whether
    a program is worth it; words whose least probable token shows that the
    model was in doubt will be followed by a program. Both are kept with the
    model's digest, and so is how often answers like each were right: every
    answer of the model will say it. What is said of them was measured on
    problems that they were not learned from.

    Examples:

        mathcli calibrate nano problems.jsonl

        mathcli calibrate qwen2.5-math-1.5b gsm8k_train.jsonl --limit 300 -o rollouts.jsonl

        mathcli calibrate --show nano
    """
    import asyncio

    width = plan.width
    setup = chosen_setup(
        replace(backend, model=model),
        Request(writing=writing),
        backend.engine.options(sequences=2 * width + 1, busy=width),
        one_model=True,
    )
    if plan.show:
        output.emit(_shown(setup, model, plan.dataset), as_json=plan.as_json)
    plan.check(model)
    output.emit(asyncio.run(_calibrate(setup, plan)), as_json=plan.as_json)


def _shown(setup: Setup, model: str, dataset: Path | None) -> ShownCalibration:
    from mathcli.calibration import load, path_of
    from mathcli.cli.session import card_of
    from mathcli.models import file_digest
    from mathcli.solving import ModelInfo

    if dataset is not None:
        raise UsageError("--show calibrates nothing", "leave out the dataset, or --show")
    if setup.model is None:
        raise UsageError("--show reads what was learned for a file", "leave out --server")
    card = card_of(setup, setup.model).name
    info = ModelInfo(setup.model.stem, setup.model.name, file_digest(setup.model), "", "", card)
    learned = load(info)
    if learned is None:
        raise UsageError(
            f"nothing was learned for {setup.model.name} with the card {card}",
            f"try: mathcli calibrate {model} problems.jsonl",
        )
    return ShownCalibration(learned, path_of(info))


async def _calibrate(setup: Setup, plan: Plan) -> CalibrationResult:
    from mathcli.calibration import Learned, learn, path_of, report, save
    from mathcli.cli.session import session

    assert plan.dataset is not None
    problems = _problems(plan.dataset, plan.limit)
    async with session(setup) as solver:
        options = _options(setup.request, solver.card, plan.rollouts)
        with _journal(plan, solver.model, options) as journal:
            judged = await _explored(solver, options, problems, journal, plan.width)
    learnings = [learn(judged, cue=cue) for cue in ((False, True) if judged[0].free else (False,))]
    learned = Learned.of(
        solver.model, judged, learnings, report(judged, learnings),
        rollouts=plan.rollouts, made=date.today().isoformat(),
    )  # fmt: skip
    path = path_of(solver.model) if plan.allow_few or learned.problems >= RELIABLE else None
    if path is not None:
        save(learned, path)
    trust = _learned_trust(solver.model, judged, plan.dataset.name, keep=path is not None)
    keyed = sum(one.keyed for one in judged)
    return CalibrationResult(learned, path, keyed, skipped=len(problems) - len(judged), trust=trust)


def _learned_trust(
    model: ModelInfo, judged: Sequence[Judged], data: str, *, keep: bool
) -> Estimator | None:
    """How far to trust the model's answers, learned and kept; problems without a key do not say."""
    from mathcli.solving.transcript import TrustBasis
    from mathcli.trust import Kept
    from mathcli.trust.fitting import fit
    from mathcli.trust.store import path_of, save

    keyed = [one for one in judged if one.keyed]
    basis = TrustBasis(model.name, len({one.problem for one in keyed}), (data,))
    try:
        estimator = fit([answer for one in keyed for answer in one.known], basis)
    except ValueError as error:
        output.note(f"mathcli: trust is not learned: {error}")
        return None
    if not keep:
        return estimator
    today = date.today().isoformat()
    save(Kept(model.name, model.sha256, model.card, today, estimator), path_of(model))
    return estimator


def _problems(dataset: Path, limit: int | None) -> list[Problem]:
    """The problems of the file; lines that hold none are told."""
    from mathcli.batches import Problem, read_problem_file
    from mathcli.calibration import FEWEST

    found: list[Problem] = []
    try:
        with dataset.open("rb") as file:
            for row in read_problem_file(dataset.name, file, output.note):
                if isinstance(row, Problem):
                    found.append(row)
                elif row.reason:
                    output.note(f"mathcli: line {row.line} is skipped: {row.reason}")
    except OSError as error:
        raise UsageError(f"cannot read {dataset}: {error.strerror}") from None
    found = found[:limit]
    if len({one.text for one in found}) < FEWEST:  # before hours of rollouts, not after
        raise UsageError(
            f"{dataset} has too few problems to learn from: {len(found)}",
            f"give at least {FEWEST}, better some hundreds",
        )
    return found


def _options(request: Request, card: Card, rollouts: int) -> SolveOptions:
    """How each rollout is solved: as samples that vote, so that they differ."""
    from mathcli.calibration import methods_of

    methods_of(card)  # refuses a card that leaves no choice
    usual = request.options(replace(card, sampling=card.votes))
    return replace(usual, method="auto", samples=rollouts)


def _journal(
    plan: Plan, model: ModelInfo, options: SolveOptions
) -> AbstractContextManager[Journal | None]:
    from mathcli.batches import Journal, RunSettings

    if plan.out is None:
        return nullcontext(None)
    return Journal(plan.out, RunSettings(model, options), fresh=plan.fresh)


async def _explored(
    solver: Solver,
    options: SolveOptions,
    problems: list[Problem],
    journal: Journal | None,
    width: int,
) -> list[Judged]:
    """The problems that fit into the context, with their rollouts, judged, in their order."""
    from asyncio import to_thread

    from mathcli.calibration import Explored, Explorer

    explorer = Explorer(solver, options, width=width)
    before = journal.done if journal is not None else {}
    found = {
        problem.key: Explored.from_record(problem, record)
        for problem in problems
        if (record := before.get(problem.key)) is not None
        and set(record["rollouts"]) == set(explorer.methods)  # a card may learn another method
    }
    grader = solver.grader
    assert grader is not None  # the session's
    with Tally("problems") as progress:
        progress.expect(len(problems))
        for _ in found:
            progress.skip()
        waiting = [problem for problem in problems if problem.key not in found]
        async for one in explorer.explored(waiting):
            found[one.problem.key] = one
            if journal is not None:
                journal.add(one.problem.key, one.record())
            progress.done(tokens=one.tokens)
        if journal is not None:
            journal.finish(problem.key for problem in problems)
        ordered = [found[problem.key] for problem in problems]
        for one in ordered:
            if not one.attempts:
                output.note(f"mathcli: longer than the context: {one.problem.text[:60]}...")
        return await to_thread(lambda: [one.judged(grader) for one in ordered if one.attempts])
