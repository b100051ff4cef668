"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import mathcli.evaluation

MODULES = sorted(
    module.name
    for module in pkgutil.iter_modules(mathcli.evaluation.__path__, "mathcli.evaluation.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
