from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from mathcli.engines import memory, nativelog
from mathcli.engines.llamacpp import EngineOptions, planned_cells, with_fewer_busy
from mathcli.engines.memory import Outline, check_fit_together, check_fits
from mathcli.engines.native import Context, Model, outline
from mathcli.errors import EngineError
from mathcli.resources import embedded_model
from tests.random_family import ATTENTION, HYBRID, RECURRENT, SLIDING, write_family_model

GB = 10**9
SEVEN_BILLION = Outline(
    weights=int(7e9 * 8.5 / 8),
    parameters=7 * GB,
    layers=32,
    trained_context=4096,
    cache_per_token=131072,
)


def fits(free: int, context: int = 4096, on_gpu: float = 0.0) -> None:
    check_fits("big.gguf", SEVEN_BILLION, context=context, on_gpu=on_gpu, free=free)


def test_a_model_that_fits_is_let_through() -> None:
    fits(16 * GB)
    fits(3 * GB, on_gpu=1.0)


@pytest.mark.parametrize(("free", "busy"), [(64, 16), (9.9, 16), (9, 8), (8.3, 4), (1, 1)])
def test_the_cache_of_many_solutions_gives_way_before_the_model_is_refused(
    free: float, busy: int
) -> None:
    asked = EngineOptions(context=4096, sequences=17, busy=16)
    found = with_fewer_busy(asked, SEVEN_BILLION, int(free * GB))
    assert found.busy == busy
    assert found.sequences == 17  # those without a place wait
    assert planned_cells(found, 4096) == max(4096, busy * 1024)


def test_recurrent_states_take_memory_for_every_place_in_the_cache() -> None:
    hybrid = replace(SEVEN_BILLION, cache_per_token=16384, state=50_000_000)
    asked = EngineOptions(context=4096, sequences=33, busy=16)
    assert with_fewer_busy(asked, hybrid, 16 * GB) == asked
    found = with_fewer_busy(asked, hybrid, int(8.5 * GB))
    assert (found.busy, found.sequences) == (4, 9)


@pytest.mark.parametrize("kind", [*ATTENTION, *SLIDING, *HYBRID, *RECURRENT])
def test_the_estimate_is_what_the_library_takes(tmp_path: Path, kind: str) -> None:
    path = write_family_model(tmp_path / "model.gguf", kind)
    model = Model(path)
    nativelog.clear()
    context = Context(model, n_ctx=1 << 16, n_batch=256, n_sequences=256, threads=1)
    sizes = [
        float(found[1])
        for line in nativelog.recent()
        if (found := re.search(r"(?:KV|RS) buffer size = *([\d.]+) MiB", line))
    ]
    estimate = outline(path).cache(context.n_ctx, 256) / (1 << 20)
    context.close()
    model.close()
    assert sizes
    assert estimate == pytest.approx(sum(sizes), abs=0.02)  # the log has two decimals


def test_two_models_are_let_through_only_if_they_fit_together() -> None:
    pair = {"one.gguf": (SEVEN_BILLION, 4096), "two.gguf": (SEVEN_BILLION, 1024)}
    check_fit_together(pair, free=17 * GB, hint="leave one out")
    with pytest.raises(EngineError) as caught:
        check_fit_together(pair, free=12 * GB, hint="leave one out")
    assert caught.value.message == (
        "both models together need 16.1 GB of memory (one.gguf 8.2 GB and two.gguf 7.8 GB); "
        "12.0 GB are free"
    )
    assert (caught.value.hint, caught.value.exit_code) == ("leave one out", 5)


def test_one_that_does_not_is_refused_with_the_numbers_and_a_quant_that_would() -> None:
    with pytest.raises(EngineError) as caught:
        fits(6 * GB)
    assert caught.value.message == (
        "big.gguf needs 8.2 GB of memory (7.4 GB of weights, 0.5 GB for a context of 4096 "
        "tokens); 6.0 GB are free"
    )
    assert caught.value.hint == "its quant Q5_K_M (about 5.0 GB) would fit"


def test_a_machine_that_is_too_small_for_any_quant() -> None:
    with pytest.raises(EngineError) as caught:
        fits(2 * GB)
    assert caught.value.hint == "no quant of it would fit: choose a smaller model"


def test_a_context_that_is_too_large() -> None:
    with pytest.raises(EngineError) as caught:
        fits(10 * GB, context=40_000)
    assert caught.value.hint == "its quant Q4_K_M (about 4.2 GB) would fit"


def test_the_outline_is_read_from_the_header() -> None:
    found = outline(embedded_model())
    assert found.weights == embedded_model().stat().st_size
    assert found.trained_context >= 512
    assert found.cache_per_token > 0
    assert 0.8 < found.parameters / (found.weights * 8 / 8.5) < 1.2


def test_a_control_group_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_of_machine", lambda: 10 * GB)
    monkeypatch.setattr(memory, "_of_control_group", lambda: 3 * GB)
    assert memory.available() == 3 * GB


def test_an_unknown_machine_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_of_machine", lambda: None)
    monkeypatch.setattr(memory, "_of_control_group", lambda: None)
    assert memory.available() is None


def test_this_machine_has_memory() -> None:
    if Path("/proc/meminfo").exists():
        assert (memory.available() or 0) > 100_000_000


def test_absurd_dimensions_cost_no_time_and_no_traceback() -> None:
    metadata = {"general.architecture": "x", "x.block_count": "4000000000"}
    lists = {"x.attention.head_count": [float("nan"), float("inf"), 8.0]}
    found = memory.outline_of(metadata.get, 1000, lists)
    assert found.layers <= 1000
