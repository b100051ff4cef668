"""From a problem and a card to the pieces of a prompt.

Only the template's own text may contain special tokens; the problem never does.
"""

from __future__ import annotations

from mathcli.engines import Piece
from mathcli.errors import ModelError
from mathcli.models import Card, Chat

_HERE = "\ue000mathcli-problem\ue000"  # private use: no template or problem contains it


def render_prompt(card: Card, method: str, problem: str, chat_template: str | None) -> list[Piece]:
    """The prompt of `problem` for `method`.

    Args:
        chat_template: the model file's own (Jinja), used by cards that ask through it. A file
            without one gets the bare user text, as a base model would.

    Raises:
        ModelError: the card has no such method, or the chat template is broken.
    """
    prompt = card.prompt_for(method)
    if prompt.chat is None:
        template = prompt.prompt or "{problem}"
        text = template.replace("{problem}", _HERE)
    else:
        text = _render_chat(prompt.chat, chat_template)
    pieces = []
    for index, part in enumerate(text.split(_HERE)):
        if index:
            pieces.append(Piece(problem))
        pieces.append(Piece(part, markup=True))
    return pieces


def _render_chat(chat: Chat, template: str | None) -> str:
    user = chat.user.replace("{problem}", _HERE)
    if template is None:
        return f"{chat.system}\n\n{user}\n\n" if chat.system else f"{user}\n\n"
    messages = [{"role": "user", "content": user}]
    if chat.system:
        messages.insert(0, {"role": "system", "content": chat.system})
    return _render_jinja(template, messages)


def _render_jinja(template: str, messages: list[dict[str, str]]) -> str:
    """Run a model file's template; it is somebody else's program, so only in Jinja's sandbox."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _raise
    try:
        return environment.from_string(template).render(
            messages=messages,
            add_generation_prompt=True,
            bos_token="",  # the tokenizer adds it where the model wants one
            eos_token="",
        )
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        raise ModelError(f"the model file's chat template fails: {error}") from None


def _raise(message: str) -> None:
    raise ValueError(message)
