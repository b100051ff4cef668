"""One problem that is being solved, as strategies see it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from mathcli.engines import Counts, Piece, Sampling, TextSequence
from mathcli.errors import ContextFull
from mathcli.models import MethodPrompt
from mathcli.problems import ProblemForm
from mathcli.solving.form_prompts import wording
from mathcli.solving.methods import AUTO, WORDS, doubt_below, first_method
from mathcli.solving.options import Listener, SolveOptions
from mathcli.solving.prompts import render_prompt
from mathcli.solving.resources import Resources
from mathcli.solving.rollout import Rollout
from mathcli.solving.setting import Setting
from mathcli.solving.thinking import mode_of
from mathcli.templates.messages import marks_of

_QUESTION = ProblemForm("question")


class Task:
    """A problem with its rollouts: opens them, copies them, counts them, closes them.

    Args:
        method: the requested method. `first` is the default for new rollouts: for `auto` the one
            predicted to be best for this problem.
        listener: receives the events of new rollouts by default.
        form: what the problem asks for; default: one answer. A proof is written in words,
            whatever the method.

    `mode` is how the model thinks.
    `doubt` is the token probability below which `auto` asks for a program; 0 for never.
    """

    def __init__(
        self,
        resources: Resources,
        problem: str,
        method: str,
        options: SolveOptions,
        listener: Listener,
        form: ProblemForm = _QUESTION,
    ) -> None:
        proof, card = form.kind == "proof", resources.card
        self.resources = resources
        self.problem = problem
        self.form = form
        self.method = WORDS if proof else method
        self.first = WORDS if proof else first_method(card, method, problem, resources.chooser)
        doubts = self.method == AUTO
        self.doubt = doubt_below(card, resources.chooser) if doubts else 0.0
        self.mode = mode_of(card, options.think)
        self.options = options
        self.listener = listener
        self.began = time.perf_counter()
        self.rollouts: list[Rollout] = []
        self.asides: list[TextSequence] = []  # sequences of other requests to the model

    async def open(
        self,
        method: str | None = None,
        *,
        seed: int | None = None,
        sampling: Sampling | None = None,
        listener: Listener | None = None,
        problem: str | None = None,
        form: ProblemForm | None = None,
    ) -> Rollout:
        """Open a rollout with a new prompt; its events go to `listener`, else to the task's.

        Args:
            sampling: in place of the requested one.
            problem: another wording of the problem.
            form: in place of the task's own.

        Raises:
            ContextFull: the problem alone is as long as the context.
            ModelError: the card has no prompt for the method.
        """
        resources, options = self.resources, self.options
        method = method or self.first
        template = resources.engine.metadata("tokenizer.chat_template")
        form = form or self.form
        text = self.problem if problem is None else problem
        asked, own = wording(resources.card, text, form)

        def prompt_by(words: MethodPrompt) -> list[Piece]:
            return render_prompt(
                resources.card,
                method,
                asked,
                template,
                options.rounds,
                self.mode.switch,
                marks=marks_of(resources.engine.metadata),
                seconds=self.seconds_left,
                earlier=options.earlier,
                prompt=words,
            )

        sampling = sampling or options.sampling
        if seed is not None:
            sampling = replace(sampling, seed=seed)
        words = own or resources.card.prompt_for(method)
        prompts = map(prompt_by, words.with_fewer_examples())
        prompt, sequence = await self._first_that_fits(prompts, sampling)
        heard = listener or self.listener
        setting = Setting(resources, method, options, heard, self.mode, form, problem)
        rollout = Rollout(setting, sequence, setting.begun(prompt), seed=sampling.seed)
        self.rollouts.append(rollout)
        return rollout

    async def _first_that_fits(
        self, prompts: Iterator[list[Piece]], sampling: Sampling
    ) -> tuple[list[Piece], TextSequence]:
        """The first prompt that leaves half of the context to the solution, opened; else the last.

        Raises:
            ContextFull: even the last is as long as the context.
        """
        engine = self.resources.engine
        full = ContextFull("the prompt is longer than the context")
        opened: tuple[list[Piece], TextSequence] | None = None
        for prompt in prompts:
            if opened is not None:
                await opened[1].close()
                opened = None
            try:
                opened = prompt, await engine.open(prompt, sampling)
            except ContextFull as error:
                full = error
                continue
            if opened[1].counts.length <= engine.context_length / 2:
                break
        if opened is None:
            raise full
        return opened

    def fallback(self, rollout: Rollout) -> str | None:
        """The card's fallback method, for use after a solution without an answer."""
        if rollout.finish != "answer" or rollout.answer() is not None:
            return None
        return self.resources.card.prompt_for(rollout.method).fallback

    async def fork(self, rollout: Rollout, n: int, *, seed: int) -> list[Rollout]:
        """`n` copies of a rollout, at no evaluation; the i-th samples with `seed` + i."""
        twins = await rollout.fork(n, seed=seed)
        self.rollouts += twins
        return twins

    @property
    def generated(self) -> int:
        """Tokens written for this problem, by all rollouts together."""
        return sum(one.generated for one in self.counts())

    @property
    def exhausted(self) -> bool:
        """Is the budget of generated tokens spent?"""
        budget = self.options.budget
        return budget is not None and self.generated >= budget

    @property
    def seconds_left(self) -> float | None:
        """Seconds left of the time limit; never 0, which would mean no limit."""
        limit = self.options.timeout
        return limit and max(0.001, limit - (time.perf_counter() - self.began))

    def counts(self) -> list[Counts]:
        """The tokens of all rollouts and other requests; shared tokens are counted once."""
        asides = [sequence.counts for sequence in self.asides]
        return [rollout.counts for rollout in self.rollouts] + asides

    async def close(self) -> None:
        """Close all sequences, which frees their slots in the engine."""
        for rollout in self.rollouts:
            await rollout.close()
        for sequence in self.asides:
            await sequence.close()
