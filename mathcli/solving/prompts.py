"""From a problem and a card to the pieces of a prompt.

Only the template's own text may contain special tokens; the problem never does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mathcli.engines import Piece
from mathcli.errors import ModelError
from mathcli.models import Card, Chat, Reward

# Private use characters: no template contains them.
_PROBLEM = "\ue000mathcli-problem\ue000"
_STEP = "\ue000mathcli-step\ue000"


def render_prompt(
    card: Card, method: str, problem: str, chat_template: str | None, rounds: int | None = None
) -> list[Piece]:
    """The prompt of `problem` for `method`, in the problem's language where the card has it.

    Args:
        chat_template: the model file's own (Jinja), used by cards that ask through it. A file
            without one gets the bare user text, as a base model would.
        rounds: how many programs may run, if not the card's number.

    Raises:
        ModelError: the card has no such method, or the chat template is broken.
    """
    prompt = card.prompt_for(method)
    if prompt.chat is None:
        asked = prompt.translations.get(language(problem)) or prompt.prompt or "{problem}"
        text = asked.replace("{problem}", _PROBLEM)
    else:
        text = _render_chat(prompt.chat, chat_template)
    text = text.replace("{rounds}", str(card.rounds if rounds is None else rounds))
    return _pieces(text, {_PROBLEM: problem})


def render_request(request: str, problem: str, chat_template: str) -> list[Piece]:
    """Something else that is asked of a model about a problem; `request` holds `{problem}`.

    Raises:
        ModelError: the chat template is broken.
    """
    text = _render_chat(Chat(user=request), chat_template)
    return _pieces(text, {_PROBLEM: problem})


def language(problem: str) -> str:
    """The language that a problem is in, as far as prompts differ: `zh` or `en`.

    Formulas and names stand in any language, so words decide: a Chinese character is about one.

    >>> language("解方程 $x^2 - 5x + 6 = 0$"), language("What does the sign 和 mean?")
    ('zh', 'en')
    """
    chinese = len(re.findall("[\u3400-\u9fff]", problem))
    words = re.findall(r"(?<![\\A-Za-z])[A-Za-z]{2,}", problem)
    return "zh" if chinese > len(words) else "en"


def render_steps(reward: Reward, problem: str, steps: Sequence[str]) -> list[list[Piece]]:
    """What a reward model reads for each step of a solution, one after the other."""
    rendered: list[list[Piece]] = []
    for step in steps:
        template = reward.next if rendered else reward.first
        text = template.replace("{problem}", _PROBLEM).replace("{step}", _STEP)
        rendered.append(_pieces(text, {_PROBLEM: problem, _STEP: step}))
    return rendered


def _pieces(text: str, given: dict[str, str]) -> list[Piece]:
    """Markup with the plain texts that stand in its holes."""
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


def _render_chat(chat: Chat, template: str | None) -> str:
    messages = [{"role": "system", "content": chat.system}] if chat.system else []
    for example in chat.examples:
        asked = chat.user.replace("{problem}", example.problem)
        messages.append({"role": "user", "content": asked})
        messages.append({"role": "assistant", "content": example.solution})
    messages.append({"role": "user", "content": chat.user.replace("{problem}", _PROBLEM)})
    if template is None:
        text = "".join(f"{message['content']}\n\n" for message in messages)
    else:
        text = _render_jinja(template, messages, chat.tools)
    return text if text.endswith(chat.assistant) else text + chat.assistant


def _render_jinja(template: str, messages: list[dict[str, str]], tools: Sequence[Any]) -> str:
    """Run a model file's template; it is somebody else's program, so only in Jinja's sandbox."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = _now
    environment.filters["tojson"] = _to_json
    try:
        return environment.from_string(template).render(
            messages=messages,
            tools=list(tools) or None,
            add_generation_prompt=True,
            bos_token="",  # the tokenizer adds it where the model wants one
            eos_token="",
        )
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        raise ModelError(f"the model file's chat template fails: {error}") from None


def _raise(message: str) -> None:
    raise ValueError(message)


def _to_json(value: Any, indent: int | None = None) -> str:
    """JSON as chat templates expect it: Jinja's own filter escapes it for HTML."""
    import json

    return json.dumps(value, ensure_ascii=False, indent=indent)


def _now(form: str) -> str:
    from datetime import datetime

    return datetime.now().strftime(form)
