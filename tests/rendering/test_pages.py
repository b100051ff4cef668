"""Templates of pages: what they print is text, and their policy names their own style."""

from __future__ import annotations

import base64
import hashlib
import re

import jinja2
import pytest

from mathcli.rendering import pages

HOSTILE = '<script>alert(1)</script> "quoted" & \u202ereversed \x1b[31m'


def rendered(title: str = HOSTILE, name: str = HOSTILE) -> str:
    return pages.page(
        "class.html", ["page.css", "class.css"], title=title, name=name, points=False, signs={},
        shown=str, total=pages_total(), is_class=False, students={}, questions={}, marks={},
        kinds=[], groups={}, left=0,
    )  # fmt: skip


def pages_total() -> object:
    from mathcli.grading.totals import VerdictCounts

    return VerdictCounts()


def test_text_cannot_become_markup_nor_deceive() -> None:
    text = rendered()
    assert text.count("<script") == 0
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_the_policy_names_the_style_that_the_page_has() -> None:
    text = rendered()
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in text
    assert "script-src" not in text


def test_a_page_that_lacks_something_is_no_page() -> None:
    with pytest.raises(jinja2.UndefinedError):
        pages.page("class.html", ["page.css"], title="x")


def test_steps_are_drawn_by_all_pages_alike() -> None:
    from mathcli.rendering.wording import Step

    solution = {"steps": [Step("so $x$ is 1")], "rerun": ["program 1, same"]}
    text = pages.part(
        "result.html", problem="p", prediction="1", why_none="", verdict="correct", key="1",
        several=False, groups=[], total=1, samples=[solution],
    )  # fmt: skip
    assert '<div class="words"><p>so <span class="inline"><math' in text
    assert '<p class="facts">Run again: program 1, same.</p>' in text
