"""A long batch with hostile programs in it leaves nothing behind."""

from __future__ import annotations

import os

import pytest

from tests.sandbox.batch import Batch


@pytest.mark.slow
def test_a_long_batch_is_right_and_leaves_nothing() -> None:
    batch = Batch(workers=2)
    assert batch.run(int(os.environ.get("EXECUTOR_BATCH", "2000"))) == 0
    left = batch.left()
    batch.close()
    assert left.pop("MiB") < 4
    assert left == {"processes": 0, "descriptors": 0, "files": 0}
