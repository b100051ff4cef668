from __future__ import annotations

import pytest

from mathcli.engines import devices
from mathcli.engines.devices import Device, Offload, plan_offload
from mathcli.errors import EngineError, UsageError

GB = 1 << 30
CARD = Device("CUDA0", "NVIDIA Test", free=8 * GB, total=10 * GB)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "devices", lambda: [CARD])


@pytest.fixture
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "devices", list)


def plan(mode: str, weights: int = 4 * GB) -> Offload:
    return plan_offload(mode, weights=weights, cache=GB // 2, layers=31)


def test_the_library_is_asked_and_answers() -> None:
    assert devices._ggml().ggml_backend_dev_count() >= 1  # the processor is a device too
    assert all(device.free <= device.total for device in devices.devices())


@pytest.mark.usefixtures("card")
def test_a_model_that_fits_goes_whole() -> None:
    assert plan("auto").layers == -1
    assert plan("require").layers == -1
    assert "NVIDIA Test" in plan("auto").reason


@pytest.mark.usefixtures("card")
def test_of_a_model_that_does_not_fit_as_many_layers_as_do() -> None:
    # 14.5 GB over 32 layers is 0.453 GB each; 7.5 GB are left after the headroom.
    assert plan("auto", 14 * GB).layers == 16
    with pytest.raises(EngineError, match="only 16 of 32 layers fit"):
        plan("require", 14 * GB)


@pytest.mark.usefixtures("card")
def test_two_cards_hold_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "devices", lambda: [CARD, CARD])
    assert plan("auto", 14 * GB).layers == -1


@pytest.mark.usefixtures("card")
def test_what_is_asked_for_is_done() -> None:
    assert plan("off").layers == 0
    assert plan("12").layers == 12
    with pytest.raises(UsageError, match="--gpu must be"):
        plan("some")


@pytest.mark.usefixtures("no_card")
def test_without_a_card_require_is_an_error_and_auto_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "build_hint", lambda: "rebuild")
    for mode in ("require", "12"):
        with pytest.raises(EngineError, match="sees no GPU") as caught:
            plan(mode)
        assert caught.value.hint == "rebuild"
    assert plan("auto") == Offload(0, "on the processor: this build sees no GPU", "rebuild")
