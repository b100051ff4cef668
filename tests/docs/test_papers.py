"""The documents lead where they say: links, anchors and files exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.S | re.M)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as they are made on the web."""
    heads = re.findall(r"^#+ (.*)$", CODE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(paper: Path) -> None:
    text = paper.read_text("utf-8")
    for link in LINK.findall(text):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (paper.parent / file).resolve() if file else paper
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {Path(link.partition("#")[0]).name for link in LINK.findall(readme)}


def test_the_map_of_the_house_names_files_that_exist() -> None:
    rows = [
        line
        for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
        if line.startswith("| ") and "`" in line
    ]
    assert len(rows) >= 10
    for row in rows:
        named = re.findall(r"`([\w/.]+(?:\.py|\.toml|\.txt|/))`", row)
        folder = ROOT
        for name in named:
            known = "NAME" in name
            path = Path(name).parent if known else Path(name)
            # A bare name is in the folder of the one before it, or of its package.
            found = [
                base / path for base in (ROOT, folder, folder.parent) if (base / path).exists()
            ]
            assert found, f"{name} in: {row}"
            folder = found[0] if found[0].is_dir() else found[0].parent


def test_contributions_are_told_the_command_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(re.findall(r"^python3 -m venv .*pytest", readme, re.M)) == 1
