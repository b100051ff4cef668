"""`mathcli calibrate`: learn when programs beat words for a model, on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mathcli.calibration.learning import RELIABLE
from mathcli.cli import output
from mathcli.cli.backend import Backend, Setup, chosen_setup
from mathcli.cli.batch_progress import BatchProgress
from mathcli.cli.calibrate_report import CalibrationResult, ShownCalibration
from mathcli.cli.completion import SHEETS, complete_file, complete_model
from mathcli.cli.help_pages import HelpAll
from mathcli.cli.option_groups import Without, grouped
from mathcli.cli.problem_runs import say_how_to_go_on
from mathcli.cli.request import Request, Writing
from mathcli.counting import counted
from mathcli.errors import UsageError

if TYPE_CHECKING:
    from mathcli.batches import Journal, Problem
    from mathcli.calibration import Explored, Judged
    from mathcli.models import Card
    from mathcli.solving import ModelInfo, SolveOptions, Solver
    from mathcli.trust import Estimator


@dataclass(frozen=True)
class CalibrationPlan:
    """The options of a calibration."""

    dataset: Annotated[
        Path | None,
        typer.Argument(
            help="Problems, best with answers: .jsonl, .csv, .xlsx, or one a line.",
            autocompletion=complete_file(*SHEETS, ".jsonl", ".txt"),
        ),
    ] = None
    show: Annotated[
        bool, typer.Option("--show", help="Only show an earlier calibration of the model.")
    ] = False
    rollouts: Annotated[
        int, typer.Option(min=1, max=64, help="Solutions of each problem with each method.")
    ] = 4
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Keep the solutions in this file; run again, resume."),
    ] = None
    fresh: Annotated[bool, typer.Option("--fresh", help="Overwrite the output file.")] = False
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N problems.")
    ] = None
    width: Annotated[int, typer.Option(min=1, max=64, help="Solutions written at once.")] = 16
    allow_few: Annotated[
        bool,
        typer.Option(help=f"Keep the result even with fewer than {RELIABLE} problems."),
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False

    def check(self, model: str) -> None:
        """Refuse options that cannot be carried out.

        Raises:
            UsageError: there is no dataset, `--fresh` without an output file, or solutions cannot
                be kept in that file.
        """
        from mathcli.batches.journal import place_of_results

        if self.dataset is None:
            raise UsageError(
                "there is no dataset to learn from",
                f"try: mathcli calibrate {model} problems.jsonl",
            )
        if self.fresh and self.out is None:
            raise UsageError("--fresh needs an output file", "name one with -o")
        if self.out is not None:
            place_of_results(self.out, (self.dataset,))


@grouped
def calibrate_command(
    model: Annotated[
        str,
        typer.Argument(
            help="A .gguf file, a pulled model, or nano; with --server the server's name for it.",
            autocompletion=complete_model,
        ),
    ],
    plan: CalibrationPlan,
    writing: Writing,
    backend: Annotated[Backend, Without("model")],
    help_all: HelpAll = False,
) -> None:
    """Learn how far a model can be trusted, and for which problems it should write programs.

    Every problem is solved several times in words, with programs, and with the
    model's own cue if it has one, with the sampling that its card has for
    votes. A small classifier then learns to predict from a problem's text
    whether a program helps; words with an improbable token will be followed by
    a program. Both are kept for this model file, and so is how often similar
    answers were right: every answer of the model will show that as its trust.
    The accuracies printed were measured on problems not used for learning.

    Examples:

        mathcli calibrate nano problems.jsonl

        mathcli calibrate qwen2.5-math-1.5b gsm8k_train.jsonl --limit 300 -o rollouts.jsonl

        mathcli calibrate --show nano
    """
    import asyncio

    if not plan.show:
        plan.check(model)
    width = plan.width
    setup = chosen_setup(
        replace(backend, model=model),
        Request(writing=writing),
        backend.engine.options(sequences=2 * width + 1, busy=width),
        one_model=True,
    )
    if plan.show:
        output.emit(_shown(setup, model, plan.dataset), as_json=plan.as_json)
    try:
        result = asyncio.run(_calibrate(setup, plan))
    except KeyboardInterrupt:
        say_how_to_go_on(plan.out, fresh=plan.fresh)
        raise
    output.emit(result, as_json=plan.as_json)


def _shown(setup: Setup, model: str, dataset: Path | None) -> ShownCalibration:
    from mathcli.calibration import load, path_of
    from mathcli.cli.session import card_of
    from mathcli.models import file_digest
    from mathcli.solving import ModelInfo

    if dataset is not None:
        raise UsageError("--show calibrates nothing", "leave out the dataset, or --show")
    if setup.model is None:
        raise UsageError("--show shows the calibration of a model file", "leave out --server")
    card = card_of(setup, setup.model).name
    info = ModelInfo(setup.model.stem, setup.model.name, file_digest(setup.model), "", "", card)
    learned = load(info)
    if learned is None:
        raise UsageError(
            f"there is no calibration of {setup.model.name} with the card {card}",
            f"try: mathcli calibrate {model} problems.jsonl",
        )
    return ShownCalibration(learned, path_of(info))


async def _calibrate(setup: Setup, plan: CalibrationPlan) -> CalibrationResult:
    from mathcli.calibration import Learned, learn, path_of, report, save

    assert plan.dataset is not None
    problems = _problems(plan.dataset, plan.limit)
    if len(problems) < RELIABLE and not plan.allow_few:
        output.note(
            f"mathcli: {counted(len(problems), 'problem')} are too few to rely on: what is learned "
            "is shown and not kept (to keep it: --allow-few)"
        )
    model, judged = _judged_before(setup, plan, problems) or await _judged(setup, plan, problems)
    learnings = [learn(judged, cue=cue) for cue in ((False, True) if judged[0].free else (False,))]
    learned = Learned.of(
        model, judged, learnings, report(judged, learnings),
        rollouts=plan.rollouts, made=date.today().isoformat(),
    )  # fmt: skip
    path = path_of(model) if plan.allow_few or learned.problems >= RELIABLE else None
    if path is not None:
        save(learned, path)
    trust = _learned_trust(model, judged, plan.dataset.name, keep=path is not None)
    keyed = sum(one.keyed for one in judged)
    return CalibrationResult(learned, path, keyed, skipped=len(problems) - len(judged), trust=trust)


async def _judged(
    setup: Setup, plan: CalibrationPlan, problems: list[Problem]
) -> tuple[ModelInfo, list[Judged]]:
    """Solve the problems that are left, and judge all."""
    from mathcli.cli.session import session_for_many

    async with session_for_many(setup) as solver:
        options = _options(setup.request, solver.card, plan.rollouts)
        with _journal(plan, solver.model, options) as journal:
            return solver.model, await _explored(solver, options, problems, journal, plan.width)


def _judged_before(
    setup: Setup, plan: CalibrationPlan, problems: list[Problem]
) -> tuple[ModelInfo, list[Judged]] | None:
    """The judged rollouts of an earlier call; `None` if a model is needed for those left.

    Raises:
        UsageError: the output file has rollouts of other settings.
    """
    from mathcli.answers import Grader
    from mathcli.calibration import methods_of
    from mathcli.cli.run_settings import model_ahead

    if setup.model is None or plan.out is None or plan.fresh or not plan.out.is_file():
        return None
    model, card = model_ahead(setup, setup.model)
    with _journal(plan, model, _options(setup.request, card, plan.rollouts)) as journal:
        found = _found(problems, journal, methods_of(card))
    if len(found) < len(problems):
        return None
    with BatchProgress("problem") as progress:
        progress.expect(len(problems))
        for _ in found:
            progress.skip()
    ordered = [found[problem.key] for problem in problems]
    with Grader() as grader:
        return model, [one.judged(grader) for one in ordered if one.rollouts]


def _found(
    problems: list[Problem], journal: Journal | None, methods: tuple[str, ...]
) -> dict[str, Explored]:
    """The problems whose rollouts with these methods are in the file, by key."""
    from mathcli.calibration import Explored

    before = journal.done if journal is not None else {}
    return {
        problem.key: Explored.from_record(problem, record)
        for problem in problems
        if (record := before.get(problem.key)) is not None
        and set(record["rollouts"]) == set(methods)  # the card may have changed
    }


def _learned_trust(
    model: ModelInfo, judged: Sequence[Judged], data: str, *, keep: bool
) -> Estimator | None:
    """Learn and keep how far to trust the model's answers; only problems with a key are used."""
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
    """The problems of the file; lines without one are reported."""
    from mathcli.batches import Problem, read_problem_file
    from mathcli.calibration import FEWEST

    problems: list[Problem] = []
    try:
        with dataset.open("rb") as file:
            for row in read_problem_file(dataset.name, file, output.note):
                if isinstance(row, Problem):
                    problems.append(row)
                elif row.reason:
                    output.note(f"mathcli: line {row.line} is skipped: {row.reason}")
    except OSError as error:
        raise UsageError(f"cannot read {dataset}: {error.strerror}") from None
    problems = problems[:limit]
    if len({one.text for one in problems}) < FEWEST:  # refused before hours of rollouts, not after
        raise UsageError(
            f"{dataset} has too few problems to learn from: {len(problems)}",
            f"give at least {FEWEST}, better some hundreds",
        )
    return problems


def _options(request: Request, card: Card, rollouts: int) -> SolveOptions:
    """The options of the rollouts: those of voting samples, so that they differ."""
    from mathcli.calibration import methods_of

    methods_of(card)  # raises if the card has only one kind of method
    usual = request.options(card.replace(sampling=card.votes))
    return replace(usual, method="auto", samples=rollouts)


def _journal(
    plan: CalibrationPlan, model: ModelInfo, options: SolveOptions
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
    """The problems that fit into the context, with their judged rollouts, in order."""
    from asyncio import to_thread

    from mathcli.calibration import Explorer

    explorer = Explorer(solver, options, width=width)
    found = _found(problems, journal, explorer.methods)
    grader = solver.grader
    assert grader is not None  # set by the session
    with BatchProgress("problem") as progress:
        progress.expect(len(problems))
        for _ in found:
            progress.skip()
        waiting = [problem for problem in problems if problem.key not in found]
        # All solving has to end before the engine is closed.
        async with aclosing(explorer.explored(waiting)) as rollouts:
            async for explored in rollouts:
                found[explored.problem.key] = explored
                if journal is not None:
                    journal.add(explored.problem.key, explored.record())
                progress.done(tokens=explored.tokens)
        if journal is not None:
            journal.finish(problem.key for problem in problems)
        ordered = [found[problem.key] for problem in problems]
        for explored in ordered:
            if not explored.rollouts:
                output.note(f"mathcli: longer than the context: {explored.problem.text[:60]}...")
        return await to_thread(lambda: [one.judged(grader) for one in ordered if one.rollouts])
