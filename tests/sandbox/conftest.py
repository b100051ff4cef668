"""One executor and one outside world for all tests here that do not break them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.outside import Outside
from tests.sandbox.pool import Pool


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """A strict executor with two workers."""
    found = Pool(workers=2)
    yield found
    found.close()


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """A world to attack; its folder has a short name, for the unix socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="out"))
    found = Outside(folder)
    yield found
    found.close()
    shutil.rmtree(folder)
