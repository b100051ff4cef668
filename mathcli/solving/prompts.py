"""Renders a problem and a card to the pieces of a prompt.

Only the template's own text may contain special tokens; those in a problem are plain text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mathcli.engines import Piece
from mathcli.models import Card, Chat, MethodPrompt, Reward, Switch
from mathcli.problems import notation
from mathcli.solving.calls import offered
from mathcli.solving.transcript import Exchange
from mathcli.templates.bounded import render
from mathcli.templates.messages import (
    NO_MARKS,
    Marks,
    Message,
    assistant,
    opening,
    variables,
)

_NO_SWITCH = Switch()
# Private use characters: no template contains them.
_PROBLEM = "\ue000mathcli-problem\ue000"
_STEP = "\ue000mathcli-step\ue000"


def render_prompt(
    card: Card,
    method: str,
    problem: str,
    chat_template: str | None,
    rounds: int | None = None,
    switch: Switch | None = None,
    *,
    marks: Marks = NO_MARKS,
    seconds: float | None = None,
    earlier: Sequence[Exchange] = (),
    prompt: MethodPrompt | None = None,
) -> list[Piece]:
    """The prompt of `problem` for `method`, in the problem's language if the card has that.

    Args:
        chat_template: the model file's own (Jinja), for cards that rely on it. Without one the
            prompt is the bare user text, as for a base model.
        rounds: most programs that may run; default: the card's.
        switch: the family's way to turn thinking on or off.
        marks: the spelling of the model's begin and end tokens.
        seconds: what is left of the user's time, if that is limited.
        earlier: the conversation before the problem. For a family without turns, each solved
            problem stands before the next as a text of its own.
        prompt: used in place of the card's prompt for the method.

    Raises:
        ModelError: the card has no such method, or the chat template is broken.
    """
    prompt = prompt or card.prompt_for(method)
    spelled = notation.plain if card.notation == "plain" else str
    holes = {_PROBLEM: spelled(problem)}
    for number, exchange in enumerate(earlier):
        holes |= {_asked(number): spelled(exchange.problem), _solved(number): exchange.solution}
    if prompt.chat is None:
        asked = prompt.translations.get(language(problem)) or prompt.prompt or "{problem}"
        solved = "".join(
            f"{asked.replace('{problem}', _asked(number))}{_solved(number)}{marks.eos}\n"
            for number in range(len(earlier))
        )
        text = solved + asked.replace("{problem}", _PROBLEM)
    else:
        chat = prompt.chat.replace(tools=offered(card, method))
        turns = [(_asked(number), _solved(number)) for number in range(len(earlier))]
        text = _render_chat(chat, chat_template, switch or Switch(), marks, seconds, turns)
    text = text.replace("{rounds}", str(card.rounds if rounds is None else rounds))
    return _pieces(text, holes)


def _asked(number: int) -> str:
    return f"\ue000mathcli-asked-{number}\ue000"


def _solved(number: int) -> str:
    return f"\ue000mathcli-solved-{number}\ue000"


def render_request(
    request: str, problem: str, chat_template: str, switch: Switch | None = None
) -> list[Piece]:
    """The prompt of another request about a problem; `request` contains `{problem}`.

    Args:
        switch: the family's way to turn thinking on or off.

    Raises:
        ModelError: the chat template is broken.
    """
    text = _render_chat(Chat(user=request), chat_template, switch or _NO_SWITCH)
    return _pieces(text, {_PROBLEM: problem})


def language(problem: str) -> str:
    """The language of a problem, of those that prompts exist in: `zh` or `en`.

    Formulas and names occur in any language, so words decide; a Chinese character counts as one.

    >>> language("解方程 $x^2 - 5x + 6 = 0$"), language("What does the sign 和 mean?")
    ('zh', 'en')
    """
    chinese = len(re.findall("[\u3400-\u9fff]", problem))
    words = re.findall(r"(?<![\\A-Za-z])[A-Za-z]{2,}", problem)
    return "zh" if chinese > len(words) else "en"


def render_steps(reward: Reward, problem: str, steps: Sequence[str]) -> list[list[Piece]]:
    """The prompt pieces that a reward model reads for each step of a solution, in order."""
    rendered: list[list[Piece]] = []
    for step in steps:
        template = reward.next if rendered else reward.first
        text = template.replace("{problem}", _PROBLEM).replace("{step}", _STEP)
        rendered.append(_pieces(text, {_PROBLEM: problem, _STEP: step}))
    return rendered


def _pieces(text: str, given: dict[str, str]) -> list[Piece]:
    """The pieces of a template: its markup, and the plain texts in its placeholders."""
    pieces = [Piece(text, markup=True)]
    for hole, plain in given.items():
        parts = []
        for piece in pieces:
            if not piece.markup:
                parts.append(piece)
                continue
            first, *others = piece.text.split(hole)
            parts.append(Piece(first, markup=True))
            for other in others:
                parts += [Piece(plain), Piece(other, markup=True)]
        pieces = parts
    return [piece for piece in pieces if piece.text]


def _render_chat(
    chat: Chat,
    template: str | None,
    switch: Switch = _NO_SWITCH,
    marks: Marks = NO_MARKS,
    seconds: float | None = None,
    earlier: Sequence[tuple[str, str]] = (),
) -> str:
    messages = _messages(chat, switch, earlier)
    if template is None:
        text = "".join(f"{message['content']}\n\n" for message in messages)
    else:
        found = variables(messages, chat.tools, more=switch.variables, marks=marks)
        text = render(template, found, seconds=seconds)
    begin = switch.begin + chat.assistant
    return text if text.endswith(begin) else text + begin


def _messages(chat: Chat, switch: Switch, earlier: Sequence[tuple[str, str]] = ()) -> list[Message]:
    """The conversation before the model's first token, examples included."""
    solved = [(example.problem, example.solution) for example in chat.examples]
    solved += [(asked, chat.assistant + solution) for asked, solution in earlier]
    asked = [
        chat.user.replace("{problem}", problem) + switch.user
        for problem in (*(problem for problem, _ in solved), _PROBLEM)
    ]
    system = "\n\n".join(filter(None, (switch.system, chat.system)))
    messages = opening(asked[0], system)
    for (_, solution), user in zip(solved, asked[1:], strict=True):
        messages += [assistant(solution), *opening(user)]
    return messages
