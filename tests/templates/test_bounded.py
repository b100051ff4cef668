"""A chat template is somebody else's program: whatever it does, it costs one line of error."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from mathcli.errors import ModelError
from mathcli.templates import bounded
from mathcli.templates.bounded import escaped, render, render_all
from mathcli.templates.texts import KeptTexts

GROW = "{% for i in range(60) %}{% set ns.s = OP %}{% endfor %}"
GROWING = "{% set ns = namespace(s='aaaaaaaaaa', l=[1]) %}" + GROW
NESTED = GROWING.replace("ns.s = OP", "ns.l = [ns.l, ns.l]")


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(bounded, "_RENDERED", {})


HOSTILE = {
    "loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "more than",
    ),
    "a power": ("{{ 2**(2**38) }}", "too large"),
    "a long text": ("{{ 'a' * 10**10 }}", "too large"),
    "a long list": ("{{ 10**9 * [1] }}", "too large"),
    "a wide format": ("{{ '%1000000000d' % 3 }}", "too wide"),
    "a wide format, as a filter": ("{{ '%*d'|format(10**10, 3) }}", "too wide"),
    "centred": ("{{ 'a'|center(10**10) }}", "too large"),
    "centred by a method": ("{{ 'a'.center(10**10) }}", "too large"),
    "filled by a method": ("{{ '{:9999999999}'.format(1) }}", "memory"),
    "indented": ("{{ 'a\n'|indent(10**10) }}", "memory"),
    "joined": ("{{ range(100000)|join('a' * 1000000) }}", "memory"),
    "batches": ("{{ [1]|batch(10**10, 0)|list }}", "memory"),
    "doubled with ~": (GROWING.replace("OP", "ns.s ~ ns.s"), "memory"),
    "doubled with +": (GROWING.replace("OP", "ns.s + ns.s"), "memory"),
    "a list in itself, printed": (NESTED + "{{ ns.l }}", "more than"),
    "a list in itself, as JSON": (NESTED + "{{ ns.l|tojson }}", "more than"),
    "a list in itself, compared": (
        NESTED + NESTED.replace("ns", "other") + "{{ ns.l == other.l }}",
        "more than",
    ),
    "slices": ("{{ [1]|slice(10**10)|list|length }}", "more than"),
    "a macro in itself": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "too often"),
    "brackets": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "too often"),
    "blocks": ("{% if 1 %}" * 3000 + "{% endif %}" * 3000, "too often"),
    "writes on": (
        "{% for i in range(99999) %}" + "a" * 50 + "{% endfor %}",
        "1,000,000 characters",
    ),
    "is itself long": ("a" * 2_000_000, "longer than"),
    "a missing filter": ("{{ 'a'|nowhere }}", "nowhere"),
    "a missing value": ("{{ nothing.a }}", "undefined"),
    "no template": ("{% if %}", "Expected an expression"),
    "a file": ("{% include '/etc/passwd' %}", "no loader"),
    "the sandbox": ("{{ ''.__class__.__mro__ }}", "unsafe"),
    "its own words": ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_costs_one_line_within_two_seconds(name: str) -> None:
    template, reason = HOSTILE[name]
    if reason == "memory" and sys.platform != "linux":
        pytest.skip("this system keeps no limit on the memory of a process")
    if reason == "memory":
        reason = "more than"  # of memory or, where that comes slowly, of time
    began = time.process_time(), time.perf_counter()
    with pytest.raises(ModelError) as caught:
        render(template, {"messages": []})
    assert reason in caught.value.message
    assert caught.value.message.isprintable()
    assert "--card" in (caught.value.hint or "")
    assert time.process_time() - began[0] < 1  # nothing of it runs in this process
    assert time.perf_counter() - began[1] < 30  # the machine may be very busy


def test_what_it_says_is_escaped_and_short() -> None:
    says = "{{ raise_exception('a\x1b[2J\u202eb\x9b\n' ~ 'c' * 5000) }}"
    with pytest.raises(ModelError) as caught:
        render(says, {"messages": []})
    assert "a\\x1b[2J\\u202eb\\x9b" in caught.value.message
    assert len(caught.value.message) < 300
    assert escaped("\ud800é\t") == "\\ud800é\\t"


def test_the_user_s_time_is_less() -> None:
    with pytest.raises(ModelError, match=r"more than 0\.1 s"):
        render(HOSTILE["loops"][0], {"messages": []}, seconds=0.1)
    with pytest.raises(ModelError, match=r"more than 0\.6 s"):  # less time says nothing for later
        render(HOSTILE["loops"][0], {"messages": []})


def test_one_of_several_may_fail() -> None:
    template = "{% if bad %}{{ raise_exception('no') }}{% endif %}{{ word }}"
    asked = [{"word": "a"}, {"bad": True}, {"word": "b"}]
    first, second, third = render_all(template, asked)
    assert (first.text, second.text, second.error, third.text) == ("a", None, "no", "b")


def test_a_text_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render("{{ word }}", {"word": "é"}) == "é"
    monkeypatch.setattr(bounded, "_run", None)  # no process from here on
    assert render("{{ word }}", {"word": "é"}) == "é"
    monkeypatch.setattr(bounded, "_RENDERED", {})  # another run of mathcli
    assert render("{{ word }}", {"word": "é"}) == "é"


def test_damaged_texts_are_made_again(tmp_path: Path) -> None:
    assert render("{{ word }}", {"word": "a"}) == "a"
    [file] = tmp_path.rglob("*.json")
    for damaged in ("", "[]", '[{"text": 1}]', '[{"html": "a"}]', "[1]", "{}"):
        file.write_text(damaged)
        bounded._RENDERED.clear()
        assert render("{{ word }}", {"word": "a"}) == "a"


def test_only_the_newest_texts_are_kept(tmp_path: Path) -> None:
    for number in range(230):
        KeptTexts(str(number), ("",), None).write([{"text": "a"}])
    assert len(list(tmp_path.rglob("*.json"))) == 200
    assert KeptTexts("229", ("",), None).read() == [{"text": "a"}]


def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert render("{{ word }}", {"word": "a"}) == "a"


@pytest.mark.parametrize(
    "lines", [[b"x"], [b"[1]"], [b'{"text": 1}'], [b'{"text": "a", "more": "b"}'], [b"[" * 100_000]]
)
def test_an_answer_that_is_none_is_an_error(
    lines: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "_run", lambda request, seconds: (lines, "it ended"))
    with pytest.raises(ModelError, match="it ended"):
        render("{{ word }}", {"word": "a"})


def test_no_process_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: object, **options: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(bounded.subprocess, "Popen", refuse)
    with pytest.raises(ModelError, match="does not start"):
        render("{{ word }}", {"word": "a"})
