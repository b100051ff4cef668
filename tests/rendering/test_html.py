"""The page: what is in it, what never may be, and how a browser takes it."""

from __future__ import annotations

import html as escapes
import io
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from mathcli.rendering import html
from mathcli.rendering.fragments import words_html
from mathcli.rendering.html import page
from mathcli.rendering.terminal import TerminalTrace
from mathcli.rendering.trust_words import standing
from mathcli.solving.transcript import AnswerInfo, Check, Segment, Vote
from tests.rendering.samples import CONTRADICTED, one_of_several, outvoted, sample, split, voted

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
in_a_browser = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed here")
HOSTILE = (
    "<script>alert(1)</script><img src=http://evil.example/a.png> ![x](http://evil.example/b.png) "
    "[y](javascript:alert(2)) <http://evil.example/c> \x1b[2J &lt;script&gt; \ue0000\ue001 "
    r"$\href{javascript:alert(3)}{x}$ $\text{<script>alert(4)</script>}$ $a<b>c & d$ "
    r"$\color{red}x$ $\unknown{<b>}$ </code></pre></math></details> <style>*{color:red}</style>"
)
VOTES = (Vote("\\{2, 3\\}", 7), Vote("\\frac{1}{2}", 1))


class Tags(HTMLParser):
    """Collects tags and attributes, and whether every tag is closed in order."""

    VOID = frozenset(("meta", "br", "hr"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hostile() -> str:
    return page(
        sample(
            problem=HOSTILE,
            segments=tuple(Segment(kind, HOSTILE, 1.0, 1) for kind in ("text", "code", "output")),
            answer=AnswerInfo(HOSTILE, HOSTILE),
            votes=(Vote(HOSTILE, 1),),
            samples=(one_of_several(HOSTILE, problem=HOSTILE),),
            attempts=(one_of_several(None, evidence=HOSTILE),),
            check=Check("substitution", HOSTILE, HOSTILE, None),
        )
    )


def test_everything_is_there() -> None:
    text = page(sample(votes=VOTES))
    assert text.count("<details open>") == 3
    assert "<mfrac>" in text
    assert "<mtable>" in text
    assert '<span class="t-kn">from</span>' in text
    assert "ZeroDivisionError: division by zero" in text
    assert "program failed" in text
    assert "computed by a program" in text
    assert '<meter min="0" max="8" value="7">7 of 8</meter>' in text
    assert "<strong>Step 1.</strong>" in text


def test_several_solutions_are_folded_below_the_chosen_one() -> None:
    text = page(voted(check=CONTRADICTED))
    assert Tags(text).open == []
    assert "<details><summary>2. 41, in words</summary>" in text
    assert text.count("<details><summary>") == 5 + 1 + 1  # samples, attempts, how it was made
    assert "How much is six times seven?" in text
    assert '<meter min="0" max="5" value="3">3 of 5</meter>' in text
    assert ">a second program says otherwise</p>" in text
    assert text.index("Check</h2>") < text.index("Votes</h2>") < text.index("Samples</h2>")


TRANSCRIPTS = {
    "alone": sample(),
    "most agree": voted(),
    "few agree": split(),
    "against most": outvoted(),
    "needs a human": voted(needs_human=True),
    "contradicted": voted(check=CONTRADICTED),
    "checked": split(check=replace(CONTRADICTED, holds=True), evidence="checked"),
    "nothing": voted(answer=None, evidence=None, finish="no_answer"),
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_box_tells_what_the_terminal_tells(name: str) -> None:
    transcript = TRANSCRIPTS[name]
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, color_system="standard", width=200)
    TerminalTrace(console).finish(transcript)
    text = page(transcript)
    [kind] = re.findall(r'<section class="(answer[ \w]*)"', text)
    assert kind == f"answer {standing(transcript)}"
    if transcript.answer is not None:
        colour = {"high": 32, "middle": 33, "low": 31}[standing(transcript)]
        assert f"\x1b[{colour}m╭" in shown.getvalue()
    for words in re.findall(r'<p class="(?:trust|others|cost)">(.*?)</p>', text):
        assert escapes.unescape(words) in shown.getvalue()
    assert ('class="trust"' in text) == (transcript.answer is not None)


def test_the_other_answers_stand_beside_the_answer() -> None:
    assert '<p class="trust">only 1 of 6 samples agree</p><p class="others">others: 41 (1),' in (
        page(split())
    )
    assert 'value="1">1 of 6</meter>' in page(outvoted())
    assert 'class="others"' not in page(sample())


@pytest.mark.parametrize(
    ("holds", "kind"), [(True, "note good"), (False, "note bad"), (None, "note")]
)
def test_a_check_without_a_result_is_neither_good_nor_bad(holds: bool | None, kind: str) -> None:
    assert f'<p class="{kind}">' in page(sample(check=replace(CONTRADICTED, holds=holds)))


def test_weights_are_told() -> None:
    assert "<td>7 (weight 2.5)</td>" in page(sample(votes=(Vote("5", 7, 2.5), Vote("6", 1, 0.5))))


def test_without_an_answer() -> None:
    text = page(sample(answer=None, evidence=None, finish="context"))
    assert "No answer: the model&#39;s context is full." in text


@pytest.mark.parametrize("text", [page(sample(votes=VOTES)), hostile()])
def test_nothing_loads_or_runs(text: str) -> None:
    tags = Tags(text)
    assert tags.open == []
    allowed = "html head meta title style body header h1 h2 h3 div main section details summary pre"
    allowed += " p span code table thead tbody tr th td meter footer dl dt dd math strong em br"
    assert {tag for tag in tags.tags if not tag.startswith("m")} <= set(allowed.split())
    names = {name for name, _ in tags.attributes}
    assert not names & {"src", "href", "style", "action", "data", "srcset", "background"}
    assert not any(name.startswith("on") for name in names)
    assert "\x1b" not in text


def test_the_policy_allows_this_style_only() -> None:
    text = page(sample())
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "unsafe" not in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("5*x + 6*y and x**2 - y**2", "<p>5*x + 6*y and x**2 - y**2</p>"),
        ("a_1 and b_1", "<p>a_1 and b_1</p>"),
        ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"),
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("# Title", "<h3>Title</h3>"),
        ("A &amp; B", "<p>A &amp;amp; B</p>"),
    ],
)
def test_words(words: str, expected: str) -> None:
    assert expected in page(sample(segments=(Segment("text", words, 1.0, 1),)))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>&\"'$\\{}^_()[]!*`#-=\n abscript:/.\ue000\ue0010", max_size=80))
def test_any_text_stays_text(text: str) -> None:
    tags = Tags(words_html(text))
    assert tags.open == []
    assert not {"script", "a", "img", "style"} & set(tags.tags)


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours (Web Content Accessibility Guidelines 2.1, 1.4.3)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_can_be_read() -> None:
    css = (Path(html.__file__).with_name("pages") / "page.css").read_text("utf-8")
    themes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        for name in set(colours) - {"page", "panel", "line"}:
            for ground in ("page", "panel"):
                assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


HARNESS = """<!doctype html><meta charset=utf-8><style>*{{margin:0;border:0}}</style>
<iframe width={width} height=2000 srcdoc="{page}"></iframe><p id=said></p><script>
onload = () => {{
  const inner = document.querySelector('iframe').contentDocument, root = inner.documentElement;
  document.getElementById('said').textContent = 'wide=' + root.scrollWidth + ' maths=' +
    [...inner.querySelectorAll('math')].filter(m => m.getBoundingClientRect().height > 5).length +
    ' steps=' + inner.querySelectorAll('details[open]').length +
    ' colour=' + inner.defaultView.getComputedStyle(inner.querySelector('.trust')).color +
    ' border=' + inner.defaultView.getComputedStyle(inner.querySelector('.answer')).borderTopColor;
}};
</script>"""


@in_a_browser
@pytest.mark.parametrize("width", [400, 1200])
def test_in_chromium(width: int, tmp_path: Path) -> None:
    sums = "+".join(map(str, range(1, 23)))
    long = Segment("text", f"So $x={sums}$.", 1, 1)
    code = Segment("code", "print('" + "x" * 200 + "')", 1, 1)
    made = page(sample(trust=0.95, votes=VOTES, segments=(*sample().segments, long, code)))
    said, log = _browse(HARNESS.format(width=width, page=escapes.escape(made)), tmp_path)
    assert f"wide={width} maths=10 steps=3" in said  # nothing sticks out
    assert "colour=rgb(23, 102, 58)" in said  # the style was accepted by its own policy
    assert "CONSOLE" not in log


@in_a_browser
@pytest.mark.parametrize(
    ("made", "colour"),
    [
        (page(voted(trust=0.95)), "23, 102, 58"),
        (page(voted()), "122, 90, 0"),  # nobody measured how often such answers are right
        (page(split()), "164, 38, 44"),
    ],
)
def test_the_colour_of_trust_in_chromium(made: str, colour: str, tmp_path: Path) -> None:
    said, _ = _browse(HARNESS.format(width=800, page=escapes.escape(made)), tmp_path)
    assert f"colour=rgb({colour}) border=rgb({colour})" in said


@in_a_browser
def test_hostile_text_in_chromium(tmp_path: Path) -> None:
    said, log = _browse(hostile(), tmp_path)
    assert "evil.example" not in log
    assert "CONSOLE" not in log  # a blocked request or script would be told here
    assert said.count("<script") == 0


def _browse(text: str, folder: Path) -> tuple[str, str]:
    """Open a page; return the document as the browser has it, and what it logged."""
    file = folder / "page.html"
    file.write_text(text, "utf-8")
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--enable-logging=stderr --v=0 --dump-dom --virtual-time-budget=2000"
    )
    command = [CHROMIUM, *options.split(), f"--user-data-dir={folder / 'profile'}", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, done.stderr
