"""What templates find is what they were written for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mathcli.templates.environment import renderer

NOON = datetime(2026, 3, 1, 12, 30)


def rendered(template: str, **variables: Any) -> str:
    return renderer(template, NOON)(variables)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ {'b': '<é>', 'a': [1, none]} | tojson }}", '{"b": "<é>", "a": [1, null]}'),
        ("{{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }}", '{"a": 2, "b": 1}'),
        ("{{ [1, 2] | tojson(separators=(',', ':')) }}", "[1,2]"),
        ("{{ 'é' | tojson(ensure_ascii=true) }}", '"\\u00e9"'),
        ("{{ {'a': 1} | tojson(indent=2) }}", '{\n  "a": 1\n}'),
        ("{{ strftime_now('%d %B %Y') }}", "01 March 2026"),
        ("{% generation %}a{{ x }}{% endgeneration %}", "a1"),
        (
            "{% for i in [1, 2, 3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
            "13",
        ),
        ("{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "1"),
        (
            "{% set n = namespace(a=1) %}{% for i in [2] %}{% set n.a = i %}{% endfor %}{{ n.a }}",
            "2",
        ),
        ("  {% if true %}\na\n  {% endif %}\nb", "a\nb"),
        ("{{ '%d%%' % 5 }}{{ 3 * 'ab' }}{{ 2 ** 10 }}{{ 7 % 4 }}", "5%ababab10243"),
        ("{{ ' a '.strip() }}{{ 'a'.center(3) }}", "a a "),
        ("{{ tools is none }}{{ nothing is defined }}", "TrueFalse"),
    ],
)
def test_it_is_as_in_transformers(template: str, text: str) -> None:
    assert rendered(template, x=1, tools=None) == text


def test_what_is_set_in_a_generation_block_stays_in_it() -> None:
    template = "{% set a = 1 %}{% generation %}{% set a = 2 %}{% endgeneration %}{{ a }}"
    assert rendered(template) == "1"
