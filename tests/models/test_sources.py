"""Ollama's registry, ModelScope and addresses: pulled, resumed, checked, and refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.errors import ModelError
from mathcli.models import choose_model, store
from mathcli.models.hub import Hub
from mathcli.models.pull import Pulled, pull
from tests.models.conftest import Quiet, model
from tests.models.registries import Registries, registries

FILE = "Some-Q4_K_M.gguf"


@pytest.fixture
def world(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registries]:
    """The servers, which are the only ones that are asked."""
    with registries() as found:
        monkeypatch.setenv("MATHCLI_OLLAMA_REGISTRY", f"http://{found.host}")
        monkeypatch.setenv("MODELSCOPE_DOMAIN", found.host)
        yield found


def patient(hub: Hub, tries: int = 3) -> Hub:
    hub.waits = (0.0,) * tries
    return hub


def get(hub: Hub, name: str) -> Pulled:
    return pull(name, hub, Quiet())


def refusal(hub: Hub, name: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        pull(name, hub, Quiet())
    assert caught.value.hint
    assert "secret" not in caught.value.message + caught.value.hint
    assert store.records() == []
    return caught.value


def test_a_model_of_ollama_s_is_pulled_by_the_name_that_its_users_know(
    world: Registries, hub: Hub
) -> None:
    world.publish("library/thing:1b", ("license", b"text"), ("model", model()), ("template", b"x"))
    record = get(hub, "thing:1b").record
    assert record.path.read_bytes() == model()
    assert record.path.name == "thing-1b.gguf"
    assert (record.name, record.cached) == ("thing:1b", False)
    assert store.verify(record) == []
    assert world.asked == [
        "/v2/library/thing/manifests/1b",
        f"/v2/library/thing/blobs/sha256:{record.files[0].sha256}",
    ]
    for name in ("thing:1b", "ollama://thing:1b", "https://ollama.com/library/thing:1b"):
        assert choose_model(name).record == record
    again = get(hub, "ollama://thing:1b")
    assert (again.reused, len(world.asked)) == ("store", 2)


def test_other_namespaces_and_other_hosts(world: Registries, hub: Hub) -> None:
    world.publish("someone/thing:latest", ("model", model()))
    assert get(hub, "ollama://someone/thing").record.name == "someone/thing:latest"
    assert get(hub, f"ollama://{world.host}/someone/thing").record.files[0].size == 300_000


def test_a_download_that_breaks_off_goes_on(world: Registries, hub: Hub) -> None:
    world.publish("library/thing:1b", ("model", model()))
    world.cuts = [100_000, 50_000]
    progress = Quiet()
    pulled = pull("thing:1b", patient(hub), progress)
    assert pulled.record.path.read_bytes() == model()
    assert pulled.downloaded == 300_000  # no byte twice


def test_a_damaged_layer_is_removed(world: Registries, hub: Hub) -> None:
    world.publish("library/thing:1b", ("model", model()))
    (digest,) = world.blobs
    world.blobs[digest] = model(seed=1)
    assert "arrived damaged" in refusal(hub, "thing:1b").message
    assert not list(store.models_folder().rglob("*.gguf"))


@pytest.mark.parametrize(
    "layers",
    [
        [],
        [("image.tensor", b"x")],
        [("model", b"GGUF one"), ("model", b"GGUF two")],
    ],
)
def test_a_model_that_is_not_one_gguf_file(
    world: Registries, hub: Hub, layers: list[tuple[str, bytes]]
) -> None:
    world.publish("library/thing:1b", *layers)
    assert "is not a single GGUF file" in refusal(hub, "thing:1b").message


@pytest.mark.parametrize(
    "manifest",
    [
        [],
        3,
        "text",
        {"layers": 3},
        {"layers": [3, None, {"mediaType": "application/vnd.ollama.image.model"}]},
        {
            "layers": [
                {
                    "mediaType": "application/vnd.ollama.image.model",
                    "digest": "sha256:../../x",
                    "size": 5,
                }
            ]
        },
        {
            "layers": [
                {
                    "mediaType": "application/vnd.ollama.image.model",
                    "digest": f"sha256:{'0' * 64}",
                    "size": "5",
                }
            ]
        },
    ],
)
def test_manifests_of_the_wrong_shape(world: Registries, hub: Hub, manifest: object) -> None:
    world.tags["library/thing:1b"] = manifest
    refusal(hub, "thing:1b")


def test_a_listing_without_end_is_not_read(world: Registries, hub: Hub) -> None:
    world.tags["library/thing:1b"] = {"layers": ["x" * 10_000_000]}
    assert "too long" in refusal(hub, "thing:1b").message


def test_trouble_is_waited_for_and_then_said(world: Registries, hub: Hub) -> None:
    world.publish("library/thing:1b", ("model", model()))
    world.statuses = [503, 429]
    assert get(patient(hub), "thing:1b").downloaded == 300_000
    world.publish("library/other:1b", ("model", model()))
    world.statuses = [503] * 9
    assert "has a problem" in _error(hub, "other:1b").message
    world.statuses = [403]
    assert "only to users who are signed in (403)" in _error(hub, "other:1b").message
    world.statuses = []
    assert "has no absent:1b" in _error(hub, "absent:1b").message


def _error(hub: Hub, name: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        pull(name, hub, Quiet())
    return caught.value


def test_nobody_answers(world: Registries, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATHCLI_OLLAMA_REGISTRY", "http://127.0.0.1:9")
    assert "the connection to Ollama's registry failed" in refusal(hub, "thing:1b").message


def test_offline_asks_nobody(world: Registries, hub: Hub) -> None:
    for name in ("thing:1b", "ms://someone/repo", f"http://{world.host}/a.gguf?key=secret"):
        closed = Hub(offline=True, waits=())
        assert "offline mode is on" in refusal(closed, name).message
    assert world.asked == []


def test_a_model_of_modelscope(world: Registries, hub: Hub) -> None:
    world.repositories["someone/repo"] = {FILE: model(), "README.md": b"text"}
    pulled = get(hub, "modelscope://someone/repo")
    record = pulled.record
    assert record.path.read_bytes() == model()
    assert (record.name, record.quant) == ("modelscope://someone/repo", "Q4_K_M")
    assert "fits" in pulled.reason
    for name in ("ms://someone/repo", "https://modelscope.cn/models/someone/repo"):
        assert choose_model(name).record == record


def test_a_model_of_the_hub_and_one_of_modelscope_are_not_the_same(
    world: Registries, hub: Hub
) -> None:
    world.repositories["someone/repo"] = {FILE: model()}
    get(hub, "ms://someone/repo")
    with pytest.raises(ModelError, match="is not on this machine"):
        choose_model("someone/repo")


@pytest.mark.parametrize("listing", [[], {"Data": 3}, {"Data": {"Files": 3}}, {"Code": 1}])
def test_listings_of_the_wrong_shape(world: Registries, hub: Hub, listing: object) -> None:
    world.repositories["someone/repo"] = {FILE: model()}
    world.listing = listing or [1]
    assert "in a way that mathcli does not know" in refusal(hub, "ms://someone/repo").message


def test_entries_of_the_wrong_shape_are_passed_over(world: Registries, hub: Hub) -> None:
    world.repositories["someone/repo"] = {FILE: model()}
    world.listing = {"Data": {"Files": [3, {}, {"Path": 3, "Size": "x"}, {"Path": "../x.gguf"}]}}
    assert "holds no GGUF file" in refusal(hub, "ms://someone/repo").message


def test_an_address_of_a_file(world: Registries, hub: Hub) -> None:
    world.files["/deep/Some-Q8_0.gguf"] = model()
    link = f"http://{world.host}/deep/Some-Q8_0.gguf?key=secret"
    world.cuts = [len(model()), 120_000]  # the first answer is only asked for its size
    pulled = pull(link, patient(hub), Quiet())
    record = pulled.record
    assert record.path.read_bytes() == model()
    assert (record.quant, record.files[0].sha256) == ("Q8_0", None)
    assert record.name == f"http://{world.host}/deep/Some-Q8_0.gguf"
    kept = Path(f"{record.path}.json").read_text()
    assert "secret" not in kept
    assert choose_model(link).record == record


def test_an_address_where_nothing_is(world: Registries, hub: Hub) -> None:
    message = refusal(hub, f"http://{world.host}/absent.gguf?key=secret").message
    assert message == "the server has no file there"
