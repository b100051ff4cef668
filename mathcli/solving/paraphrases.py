"""Rewordings of a problem that ask the same; their solutions take part in the vote.

A model with a chat template writes them, and a rewording is accepted only if it has all numbers and
formulas of the problem. For any other model, rules reword the problem: they change only the
beginning of the question.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from mathcli.engines import Piece, TextSequence
from mathcli.models import Thinking
from mathcli.solving.prompts import language, render_request
from mathcli.solving.task import Task
from mathcli.solving.thinking import begins_inside, mode_of

_REQUEST = """\
Rewrite the problem below in other words, so that it asks exactly the same. Keep every number, \
name, unit and formula as it is. Write only the new problem; do not solve it.

{problem}"""
_WARM = 0.8  # temperature: high, so that the rewordings differ
_LONGEST = 2.5  # longest rewording, in lengths of the problem; the shortest is the inverse
_VERBS = ("Find", "Determine", "Calculate", "Compute", "Work out")
_BEGIN = rf"(?:{'|'.join(_VERBS)})(?= the | all )"
_RULES = (
    # (what stands there, what may stand there instead)
    (re.compile(rf"^{_BEGIN}"), _VERBS),
    (re.compile(r"(?:(?<=^)|(?<=[.!] ))What is (the [^?.]+)\?$"), [rf"{v} \1." for v in _VERBS]),
    (re.compile(r"^What is (-?[\d($\\][^?]*)\?$"), (r"Calculate \1.", r"Compute \1.", r"\1 = ?")),
    (
        re.compile(r"^Solve (?!for\b)(.+)$", re.DOTALL),
        (r"Solve the following: \1", r"\1 Solve this."),
    ),
)
_FRAMES = {
    "en": ("Question: {}", "Here is a problem. {}", "Please answer this question. {}"),
    "zh": ("题目：{}", "请回答下面的问题。{}", "请看这道题：{}"),
}  # fmt: skip


async def paraphrases(task: Task, wanted: int) -> list[str]:
    """Up to `wanted` rewordings of the task's problem, all different."""
    if wanted < 1:
        return []
    rewordings = await _asked_for(task, wanted)
    for text in by_rules(task.problem):
        if text not in rewordings:
            rewordings.append(text)
    return rewordings[:wanted]


def by_rules(problem: str) -> list[str]:
    """Rewordings by rules, the larger changes first.

    >>> by_rules("What is the sum of 2 and 3?")[:2]
    ['Find the sum of 2 and 3.', 'Determine the sum of 2 and 3.']
    """
    problem = problem.strip()
    rewordings = []
    for pattern, instead in _RULES:
        for words in instead:
            rewordings.append(pattern.sub(words, problem, count=1))
    rewordings += [frame.format(problem) for frame in _FRAMES[language(problem)]]
    return [text for text in dict.fromkeys(rewordings) if asks_the_same(problem, text)]


def asks_the_same(problem: str, text: str) -> bool:
    """Does `text` differ from `problem`, but with the same numbers and formulas?

    >>> asks_the_same("Add 2 and 3.", "What is the sum of 2 and 3?")
    True
    >>> asks_the_same("Add 2 and 3.", "What is 2 + 3 + 1?"), asks_the_same("Add 2.", "Add 2.")
    (False, False)
    """
    if "".join(text.split()) == "".join(problem.split()) or "boxed" in text or "```" in text:
        return False
    length = len(text) / max(1, len(problem))
    short = len(problem) < 40  # a few words more make such a text much longer
    if not 1 / _LONGEST <= length <= (4 if short else _LONGEST):
        return False
    return _fixed(text) == _fixed(problem)


def _fixed(text: str) -> Counter[str]:
    """The pieces that a rewording must keep: formulas, words with mathematical signs, numbers."""
    formulas = re.findall(r"\$[^$]+\$|\\\(.+?\\\)|\\\[.+?\\\]", text, re.DOTALL)
    for formula in formulas:
        text = text.replace(formula, " ", 1)
    marked = re.findall(r"\S*[=^*/<>+\\%]\S*", text)
    numbers = re.findall(r"\d+(?:[.,:]\d+)*", text)
    bare = [mark.strip(".,;:?!") for mark in marked]
    return Counter(["".join(formula.split()) for formula in formulas] + bare + numbers)


async def _asked_for(task: Task, wanted: int) -> list[str]:
    """The model's rewordings, up to the first that does not ask the same: a model that does not
    follow the instruction is not asked again."""
    engine = task.resources.engine
    template = engine.metadata("tokenizer.chat_template")
    if template is None:
        return []
    sampling = replace(task.options.sampling, temperature=_WARM)
    thinking, mode = task.resources.card.thinking, mode_of(task.resources.card, "off")
    prompt = render_request(_REQUEST, task.problem, template, mode.switch)
    root = await engine.open(prompt, sampling)
    task.asides.append(root)
    if thinking is not None and begins_inside(thinking, prompt, first=True):
        await root.append([Piece(thinking.forced_close, markup=True)])
    room = 2 * root.counts.length
    rewordings: list[str] = []
    for number in range(wanted):
        [twin] = await root.fork(1, seed=sampling.seed + number)
        task.asides.append(twin)
        text = (await _written(twin, thinking, room)).strip().strip('"')
        if not asks_the_same(task.problem, text):
            break
        if text not in rewordings:
            rewordings.append(text)
    return rewordings


async def _written(sequence: TextSequence, thinking: Thinking | None, room: int) -> str:
    """One paragraph generated by the model; a thought that it begins is closed at once."""
    opens = thinking.open if thinking is not None else ()
    stops = ("\n\n", *opens)
    written = await sequence.generate(stop=stops, max_tokens=room, keep_stop=False)
    if thinking is None or written.stop not in opens:
        return written.text
    thought = f"{written.stop}{thinking.forced_close}"
    await sequence.append([Piece(thought, markup=True)])
    return (await sequence.generate(stop=("\n\n",), max_tokens=room, keep_stop=False)).text
