"""An evaluation's page: what is in it, what never may be, and how a browser takes it."""

from __future__ import annotations

import base64
import gzip
import html as escapes
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from mathcli.evaluation.estimators import Share
from mathcli.evaluation.results import result
from mathcli.evaluation.summary import Estimate, summarize
from mathcli.rendering import plots, report
from mathcli.rendering.report import report_page
from mathcli.rendering.report_text import summary_text
from mathcli.rendering.solutions import solution_html
from tests.evaluation.samples import program, record, sample
from tests.rendering.test_html import CHROMIUM, HOSTILE, Tags, _browse, _contrast, in_a_browser

SUBJECTS = ("Algebra", "Number Theory", "Geometry & <b>more</b>")


def graded(number: int, verdict: str = "correct", **more: Any) -> dict[str, Any]:
    segments = [
        {"kind": "text", "text": f"Let $x^{{{number}}}$ be."},
        *program(str(number)),
        {"kind": "text", "text": "So \\boxed{1}."},
    ]
    row = {"problem": f"Find {number}.", "type": SUBJECTS[number % 3], "level": 1 + number % 2}
    return record(
        "1", "1", index=number, problem=f"Find ${number}$.", verdict=verdict, segments=segments,
        counts={"generated_tokens": 10 * number, "evaluated_tokens": 5}, input=row, **more,
    )  # fmt: skip


def made(records: list[dict[str, Any]]) -> str:
    summary = summarize([result(one) for one in records])
    about = {"dataset": "set.jsonl", "rerun": None} | summary.record()
    return report_page("set.jsonl · nano", about, summary, records)


def stored(text: str) -> list[str]:
    """The solutions that a page holds."""
    found = re.findall(r'<script type="application/gzip" id="s\d+">([^<]*)</script>', text)
    return [body for one in found for body in json.loads(gzip.decompress(base64.b64decode(one)))]


MANY = [graded(n, "incorrect" if n % 4 == 0 else "correct") for n in range(90)]


def test_every_solution_is_in_the_page() -> None:
    bodies = stored(made(MANY))
    assert len(bodies) == 90
    assert all('<pre class="output" ' in body and f">{n}</pre>" in body
               for n, body in enumerate(bodies))  # fmt: skip


def test_measures_can_be_read_by_programs() -> None:
    data = re.search(r'id="measures">(.*?)</script>', made(MANY), re.DOTALL)
    assert data
    assert json.loads(data[1])["accuracy"]["count"] == 67


def test_a_page_of_thousands_stays_small() -> None:
    one, many = len(made(MANY[:1])), len(made([graded(n) for n in range(2000)]))
    assert (many - one) / 2000 < 1200


def hostile() -> list[dict[str, Any]]:
    segments = [{"kind": kind, "text": HOSTILE} for kind in ("text", "code", "output")]
    bad = record(
        HOSTILE, HOSTILE, problem=HOSTILE, verdict="incorrect", segments=segments,
        input={"problem": HOSTILE, "type": HOSTILE, "level": HOSTILE, "id": HOSTILE},
        rerun=[[{"outcome": "differs", "now": HOSTILE}]],
    )  # fmt: skip
    voted = graded(
        1, samples=[sample(HOSTILE, segments=segments), sample("1")],
        verdicts=["incorrect", "correct"], groups=[0, 1],
    )  # fmt: skip
    return [bad, voted, graded(2)]


@pytest.mark.parametrize("records", [MANY, hostile()])
def test_nothing_loads_and_only_the_pages_own_script_runs(records: list[dict[str, Any]]) -> None:
    text = made(records)
    tags = Tags(re.sub(r"<script[^>]*>[^<]*</script>|<script>.*?</script>|<input[^>]*>", "", text,
                       flags=re.DOTALL))  # fmt: skip
    assert tags.open == []
    assert not {"script", "img", "a", "iframe", "link"} & set(tags.tags)
    names = {name for name, _ in tags.attributes}
    assert not names & {"src", "href", "style", "action", "srcset", "background"}
    assert not any(name.startswith("on") for name in names)
    assert len(re.findall(r"<script>", text)) == 1
    assert "\x1b" not in text
    for body in stored(text):
        inner = Tags(body)
        assert inner.open == []
        assert not {"script", "img", "a", "style"} & set(inner.tags)
        assert not any(name.startswith("on") for name, _ in inner.attributes)


def test_of_many_samples_the_first_with_each_answer_is_shown() -> None:
    samples = [sample(str(n % 3), segments=program(f"out {n}")) for n in range(20)]
    verdicts = ["correct" if n % 3 == 1 else "incorrect" for n in range(20)]
    one = graded(1, samples=samples, verdicts=verdicts, groups=[n % 3 for n in range(20)])
    body = solution_html(one)
    assert re.findall(r"Sample (\d+) of 20", body) == ["1", "2", "3"]
    assert "17 more samples" in body
    assert body.count("<tr>") == 4


def test_a_problem_that_failed_says_why() -> None:
    error = {"code": "context", "message": "the problem is too long"}
    body = solution_html(record(None, "1", verdict="incorrect", finish="error", error=error))
    assert "none (the problem is too long)" in body


SHARES = {name: Share(count, 20) for count, name in enumerate(SUBJECTS, 5)}
LINE = {k: Estimate(0.5 + k / 20, 0.4, 0.9) for k in (1, 2, 4, 8)}


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (plots.bars("By subject", SHARES), "Algebra: 25.0 % of 20, from 11.2 to 46.9"),
        (plots.curves("At k", {"pass@k": LINE, "maj@k": LINE}), "pass@k: 55.0 % at 1"),
        (
            plots.histogram("Tokens", "tokens", {"correct": [1.0, 5.0, 9.0], "incorrect": []}),
            "correct: 3 problems, median 5 tokens",
        ),
    ],
)
def test_plots_are_whole_and_say_what_they_show(figure: str, told: str) -> None:
    tree = ElementTree.fromstring(figure)
    description = tree.find(".//desc")
    assert description is not None
    assert told in (description.text or "")
    box = tree.find(".//svg")
    assert box is not None
    width, height = map(float, box.attrib["viewBox"].split()[2:])
    for text in tree.iter("text"):
        assert 0 <= float(text.attrib["x"]) <= width
        assert 0 <= float(text.attrib["y"]) <= height
    assert "nan" not in figure


def test_colours_can_be_read() -> None:
    folder = Path(report.__file__).parent / "pages"
    both = [(folder / name).read_text("utf-8") for name in ("page.css", "report.css")]
    page, own = (re.findall(r":root \{(.*?)\}", css, re.DOTALL) for css in both)
    for theme, more in zip(page, own, strict=True):
        ground = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", more))
        for name, colour in colours.items():
            least = 3.0 if name.endswith("-bar") else 4.5  # shapes need less than words
            for behind in ("page", "panel"):
                assert _contrast(colour, ground[behind]) >= least, (name, behind)


USED = """<!doctype html><meta charset=utf-8><iframe width={width} height=9000 srcdoc="{page}">
</iframe><p id=said></p><script>
onload = async () => {{
  const inner = document.querySelector('iframe').contentDocument;
  const said = [], items = [...inner.querySelectorAll('.problems > li')];
  const shown = () => items.filter(i => i.checkVisibility()).length;
  said.push('all=' + shown());
  const choose = (id, value) => {{
    const control = inner.getElementById(id);
    control.value = value;
    control.dispatchEvent(new Event('input', {{bubbles: true}}));
  }};
  choose('verdict', 'incorrect'); said.push('wrong=' + shown());
  choose('subject', 'Algebra'); said.push('wrong algebra=' + shown());
  choose('verdict', ''); choose('subject', ''); choose('search', '$77$');
  said.push('found=' + shown());
  choose('search', '');
  const details = items[45].querySelector('details');
  details.open = true;
  for (let tries = 0; tries < 200 && !details.querySelector('.body').childElementCount; tries++)
    await new Promise(done => setTimeout(done, 20));
  const body = details.querySelector('.body');
  said.push('output=' + body.querySelector('pre.output').textContent);
  said.push('maths=' + body.querySelectorAll('math').length);
  said.push('wide=' + inner.documentElement.scrollWidth);
  document.getElementById('said').textContent = said.join(', ');
}};
</script>"""


@in_a_browser
@pytest.mark.parametrize("width", [400, 1100])
def test_in_chromium(width: int, tmp_path: Path) -> None:
    page = escapes.escape(made(MANY))
    said, log = _browse(USED.format(width=width, page=page), tmp_path)
    assert "CONSOLE" not in log
    said = said[said.index('id="said"') :]
    assert "all=90, wrong=23, wrong algebra=8, found=1" in said
    assert f"output=45, maths=5, wide={width}" in said


@in_a_browser
def test_hostile_text_in_chromium(tmp_path: Path) -> None:
    _, log = _browse(made(hostile()), tmp_path)
    assert "evil.example" not in log
    assert "CONSOLE" not in log  # a blocked request or script would be told here
    assert CHROMIUM


def test_what_a_page_and_a_table_show_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that is taken for a subject may be another in each row."""
    monkeypatch.setattr(report, "_MOST_PROBLEMS", 50)
    rows = [graded(n) for n in range(90)]
    for number, row in enumerate(rows):
        row["input"] = {**row["input"], "type": f"subject {number}"}
    text = made(rows)
    assert "50 smaller ones are not shown" in text
    assert text.count('class="bar"') == 40 + 2  # and the two levels
    assert len(stored(text)) == text.count("<li id=") == 50
    assert "40 more problems are in the results file." in text
    table = summary_text("run", summarize([result(one) for one in rows]))
    assert "(50 smaller ones are not shown)" in table
    assert len(table.splitlines()) < 80
