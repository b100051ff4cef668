"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import mathcli.answers
import mathcli.grading
import mathcli.spreadsheets

MODULES = sorted(
    module.name
    for package in (mathcli.answers, mathcli.grading, mathcli.spreadsheets)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
