"""HTML pages from Jinja2 templates: each one file that loads nothing.

All text comes from models, students and files and may be hostile. Jinja2 escapes it, after `safe`
has made visible what could deceive a reader; Markdown may neither link nor embed; and each page's
own policy forbids requests, and all styles and scripts but the page's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mathcli.text_safety import safe

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_FOLDER = Path(__file__).parent


def page(template: str, styles: Sequence[str], script: str | None = None, **content: Any) -> str:
    """A whole page.

    Args:
        template: the name of a file beside this one; it extends `frame.html`.
        styles: names of CSS files, in their order.
        script: the name of the page's one JavaScript file.
        content: what the template shows.
    """
    style = "".join(_source(name) for name in styles)
    code = _source(script) if script is not None else ""
    scripts = f" script-src {_digest(code)};" if script is not None else ""
    policy = (
        f"default-src 'none'; style-src {_digest(style)};{scripts} "
        "base-uri 'none'; form-action 'none'"
    )
    found = _environment().get_template(template)
    return found.render(style=_ours(style), script=_ours(code), policy=_ours(policy), **content)


def part(template: str, **content: Any) -> str:
    """A part of a page, as HTML."""
    return _environment().get_template(template).render(**content)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from mathcli.rendering import fragments

    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "words": _html_by(fragments.words_html),
        "program": _html_by(fragments.program_html),
        "formula": _html_by(fragments.formula_html),
        "steps": fragments.shown_steps,
    }
    return made


def _html_by(drawn: Callable[..., str]) -> Callable[..., Markup]:
    """A filter whose HTML is our own."""

    def drawing(*values: Any, **options: Any) -> Markup:
        return _ours(drawn(*values, **options))

    return drawing


def _visible(value: Any) -> Any:
    """What a template prints: a text with everything that could deceive as escapes. HTML of our
    own (`Markup`, which such a text never is) stays as it is."""
    return safe(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _ours(html: str) -> Markup:
    """HTML that is escaped already."""
    from markupsafe import Markup

    return Markup(html)


@cache
def _source(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _digest(text: str) -> str:
    """A style's or script's name in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
