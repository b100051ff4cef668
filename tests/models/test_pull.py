"""Downloads from a real server, through the real client library, and all that goes wrong."""

from __future__ import annotations

import hashlib
import random
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from mathcli.errors import ModelError
from mathcli.models import find_card, store
from mathcli.models.hub import Hub
from mathcli.models.pull import parse, pull, unfinished
from tests.models.conftest import FILE, REPOSITORY, Quiet, model
from tests.models.hub_server import COMMIT, FakeHub


def failure(hub: Hub, name: str = REPOSITORY) -> ModelError:
    with pytest.raises(ModelError) as caught:
        pull(name, hub, Quiet())
    error = caught.value
    assert error.hint
    for text in (error.message, error.hint):
        assert "\n" not in text
        assert "http" not in text.replace("HF_", "")  # no address, no signature
    return error


def parts() -> list[Path]:
    return list(store.models_folder().rglob("*.part"))


def test_a_model_is_pulled_checked_and_recorded(fake: FakeHub, hub: Hub) -> None:
    digest = fake.add(REPOSITORY, FILE, model())
    progress = Quiet()
    pulled = pull(REPOSITORY, hub, progress)
    assert pulled.record.path.read_bytes() == model()
    assert pulled.record.files[0].sha256 == digest
    assert (pulled.record.quant, pulled.record.revision) == ("Q4_K_M", COMMIT)
    assert (pulled.downloaded, progress.done, progress.total) == (300_000,) * 3
    assert store.records() == [pulled.record]
    assert store.verify(pulled.record) == []
    assert parts() == []
    listing, resolve, blob = (one.path for one in fake.requests)  # and nothing else was asked
    assert listing.startswith("/api/models/")
    assert "/resolve/" in resolve
    assert blob.startswith("/blob/")


def test_what_it_was_pulled_as_decides_its_card(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    path = pull(REPOSITORY, hub, Quiet()).record.path
    assert find_card({"general.name": "whatever"}.get, path).name == "qwen2.5-math"


def test_an_alias_means_the_repository_of_its_card(fake: FakeHub, hub: Hub) -> None:
    fake.add("bartowski/Qwen2.5-Math-7B-Instruct-GGUF", FILE, model())
    record = pull("qwen2.5-math-7b:q4_k_m", hub, Quiet()).record
    assert (record.alias, record.card) == ("qwen2.5-math-7b", "qwen2.5-math")
    assert record.name == "qwen2.5-math-7b:Q4_K_M"


def test_the_second_repository_is_tried_where_the_first_is_gone(fake: FakeHub, hub: Hub) -> None:
    second = "mradermacher/deepseek-math-7b-instruct-GGUF"
    fake.add(second, "deepseek-math-7b-instruct.Q4_K_M.gguf", model())
    assert pull("deepseek-math-7b-instruct", hub, Quiet()).record.repository == second


def test_twenty_pulls_cut_at_random_places_fetch_no_byte_twice(fake: FakeHub, hub: Hub) -> None:
    dice = random.Random(11)
    for number in range(20):
        data = model(dice.randrange(100_000, 400_000), number)
        name = f"someone/model-{number}-GGUF"
        digest = fake.add(name, FILE, data)
        fake.requests.clear()
        fake.cuts.extend(dice.randrange(len(data) // 8) for _ in range(dice.randrange(2, 7)))
        runs = 0
        while fake.cuts:
            assert "connection" in failure(hub, name).message
            runs += 1
        record = pull(name, hub, Quiet()).record
        assert hashlib.sha256(record.path.read_bytes()).hexdigest() == digest
        assert runs >= 2
        ends = [one.start + one.sent for one in fake.transfers]
        starts = [one.start for one in fake.transfers]
        assert starts == [0, *ends[:-1]]  # each goes on where the one before was cut
        assert sum(one.sent for one in fake.transfers) == len(data)


def test_one_run_goes_on_by_itself(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.cuts.extend([70_000, 0, 100_000])
    patient = Hub(endpoint=fake.endpoint, waits=(0.0, 0.0), say=lambda text: None)
    assert pull(REPOSITORY, patient, Quiet()).downloaded == 300_000
    assert [one.start for one in fake.transfers] == [0, 70_000, 70_000, 170_000]


def test_a_flipped_byte_is_refused_and_the_file_removed(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.flip = True
    assert "arrived damaged" in failure(hub).message
    assert [one for one in store.models_folder().rglob("*") if "gguf" in one.suffix] == []
    assert parts() == []
    fake.flip = False
    assert pull(REPOSITORY, hub, Quiet()).downloaded == 300_000


def test_a_file_that_is_shorter_than_announced(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.shorter = 1000
    assert "299.0 kB of 300.0 kB" in failure(hub).message
    assert "shorter on the hub than its listed size" in failure(hub).message
    assert parts() == []


def test_a_server_that_cannot_resume_sends_all_again(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.cuts.append(100_000)
    failure(hub)
    fake.ranges = False
    progress = Quiet()
    assert pull(REPOSITORY, hub, progress).downloaded == 300_000
    assert progress.done == 300_000


def test_a_file_that_has_changed_since_is_begun_anew(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model(seed=1))
    fake.cuts.append(100_000)
    failure(hub)
    fake.add(REPOSITORY, FILE, model(seed=2))
    assert pull(REPOSITORY, hub, Quiet()).record.path.read_bytes() == model(seed=2)


def test_shards_are_one_model(fake: FakeHub, hub: Hub) -> None:
    names = [f"Q4_K_M/big-Q4_K_M-{n:05}-of-00003.gguf" for n in (1, 2, 3)]
    for number, name in enumerate(names):
        fake.add(REPOSITORY, name, model(50_000 + number, number))
    fake.repositories[REPOSITORY]["Q8_0/big-Q8_0-00001-of-00002.gguf"] = model()
    record = pull(REPOSITORY, hub, Quiet()).record
    assert record.path.name == "big-Q4_K_M-00001-of-00003.gguf"
    assert (len(record.files), record.size) == (3, 150_003)
    Path(record.files[2].path).unlink()
    assert store.records() == []  # a model without one of its shards is no model


REFUSALS = [
    (401, {}, "who asks"),
    (401, {"X-Error-Code": "GatedRepo"}, "is gated"),
    (403, {}, "does not let this account"),
    (403, {"X-Error-Code": "GatedRepo"}, "is gated"),
    (429, {"Retry-After": "7"}, "too many requests"),
    (500, {}, "has a problem (500)"),
    (503, {}, "has a problem (503)"),
    (418, {}, "refuses"),
]
MISSING = [(404, {"X-Error-Code": "RepoNotFound"}, "no repository"), (404, {}, "no repository")]
GONE = [(404, {"X-Error-Code": "EntryNotFound"}, "no file"), (404, {}, "no file")]


@pytest.mark.parametrize(("status", "headers", "words"), [*REFUSALS, *MISSING])
def test_a_refused_listing_is_a_sentence_with_a_next_step(
    fake: FakeHub, hub: Hub, status: int, headers: dict[str, str], words: str
) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.refusals.append((status, headers))
    assert words in failure(hub).message
    assert pull(REPOSITORY, hub, Quiet()).downloaded == 300_000


@pytest.mark.parametrize(("status", "headers", "words"), [*REFUSALS, *GONE])
def test_a_refused_file_is_a_sentence_with_a_next_step(
    fake: FakeHub, hub: Hub, status: int, headers: dict[str, str], words: str
) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.file_refusals.append((status, headers))
    assert words in failure(hub).message
    assert pull(REPOSITORY, hub, Quiet()).downloaded == 300_000


def test_a_busy_server_is_waited_for(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.refusals.extend([(503, {}), (429, {"Retry-After": "0"})])
    said: list[str] = []
    patient = Hub(endpoint=fake.endpoint, waits=(0.0, 0.0), say=said.append)
    assert pull(REPOSITORY, patient, Quiet()).downloaded == 300_000
    assert len(said) == 2
    assert "next try in 0 s" in said[0]


def test_a_server_that_wants_an_hour_is_not_waited_for(fake: FakeHub, hub: Hub) -> None:
    fake.refusals.append((429, {"Retry-After": "3600"}))
    assert "wait 3600 s" in (failure(Hub(endpoint=fake.endpoint, waits=(0.0,))).hint or "")


def test_no_server_at_all(hub: Hub, home: Path) -> None:
    error = failure(Hub(endpoint="http://127.0.0.1:9", waits=()))
    assert "the connection to the hub failed: 127.0.0.1: connection refused" in error.message
    assert "arrived" not in (error.hint or "")


def test_a_host_whose_name_is_unknown_is_asked_once(hub: Hub, home: Path) -> None:
    said: list[str] = []
    error = failure(Hub(endpoint="http://nowhere.invalid", waits=(60.0,), say=said.append))
    assert "the connection to the hub failed: nowhere.invalid: " in error.message
    assert said == []


def test_a_gated_model_comes_with_a_token_that_the_store_never_sees(
    fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.gated = True
    assert "is gated" in failure(hub).message
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert pull(REPOSITORY, hub, Quiet()).downloaded == 300_000
    assert any(one.token == "Bearer hf_secret" for one in fake.requests)
    assert all(one.token is None for one in fake.transfers)


def test_offline_with_the_model_here_makes_no_connection(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    pull(REPOSITORY, hub, Quiet())
    fake.requests.clear()
    offline = Hub(endpoint=fake.endpoint, offline=True)
    assert pull(REPOSITORY, offline, Quiet()).reused == "store"
    assert pull(f"{REPOSITORY}:Q4_K_M", hub, Quiet()).reused == "store"
    assert "offline mode is on" in failure(offline, "someone/other").message
    assert fake.requests == []


def test_a_model_in_the_hub_s_cache_is_used(fake: FakeHub, hub: Hub, home: Path) -> None:
    from huggingface_hub import hf_hub_download

    fake.add(REPOSITORY, FILE, model())
    hf_hub_download(REPOSITORY, FILE, endpoint=fake.endpoint, cache_dir=home / "hf" / "hub")
    fake.requests.clear()
    pulled = pull(REPOSITORY, hub, Quiet())
    assert (pulled.reused, pulled.downloaded) == ("cache", 0)
    assert fake.transfers == []
    assert store.remove(pulled.record) == 0
    assert pulled.record.path.exists()  # other programs use it
    offline = Hub(endpoint=fake.endpoint, offline=True)
    assert pull(REPOSITORY, offline, Quiet()).reused == "cache"


def test_a_damaged_file_in_the_hub_s_cache_is_not(fake: FakeHub, hub: Hub, home: Path) -> None:
    from huggingface_hub import hf_hub_download

    fake.add(REPOSITORY, FILE, model())
    cached = Path(
        hf_hub_download(REPOSITORY, FILE, endpoint=fake.endpoint, cache_dir=home / "hf" / "hub")
    )
    cached.resolve().write_bytes(model(seed=9))
    assert pull(REPOSITORY, hub, Quiet()).downloaded == 300_000


@pytest.mark.parametrize(
    ("name", "words", "hint"),
    [
        ("qwen2.5-meth-7b", "there is no model", "qwen2.5-math-7b"),
        ("qwen2.5-math", "is a family", "qwen2.5-math-1.5b"),
        ("tora-13b", "no repository is known", "OWNER/REPO"),
        ("mammoth", "no checkpoint", "OWNER/REPO"),
        ("a/b/c", "names no model", "OWNER/REPO:QUANT"),
    ],
)
def test_a_name_that_means_nothing(name: str, words: str, hint: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse(name)
    assert words in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_missing_quant_lists_what_there_is(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    error = failure(hub, f"{REPOSITORY}:Q2_K")
    assert error.message.endswith("has no Q2_K")
    assert error.hint == "it has: Q4_K_M (300.0 kB)"


def test_a_missing_file_a_missing_revision_and_an_empty_repository(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    assert "has no file x.gguf" in failure(hub, f"{REPOSITORY}/x.gguf").message
    assert pull(f"{REPOSITORY}/{FILE}", hub, Quiet()).record.path.name == FILE
    with pytest.raises(ModelError, match="has no revision v9"):
        pull(REPOSITORY, hub, Quiet(), revision="v9")
    fake.add("someone/poems", "poem.txt", b"roses")
    assert "holds no GGUF" in failure(hub, "someone/poems").message


def test_a_full_disk_is_said_before_the_download(
    fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(REPOSITORY, FILE, model())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    assert "300.0 kB are needed" in failure(hub).message
    assert fake.transfers == []


def test_another_revision_is_told_by_its_digest_and_not_by_its_size(
    fake: FakeHub, hub: Hub
) -> None:
    fake.add(REPOSITORY, FILE, model(seed=1))
    pull(REPOSITORY, hub, Quiet())
    fake.add(REPOSITORY, FILE, model(seed=2))
    assert pull(REPOSITORY, hub, Quiet()).downloaded == 0  # a model that is here is enough
    pulled = pull(REPOSITORY, hub, Quiet(), revision=COMMIT)
    assert pulled.record.path.read_bytes() == model(seed=2)
    assert store.verify(pulled.record) == []
    assert pull(REPOSITORY, hub, Quiet(), revision=COMMIT).downloaded == 0


def test_a_path_is_here_already(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "mine-Q8_0.gguf"
    path.write_bytes(model())
    pulled = pull(str(path), hub, Quiet())
    assert (pulled.record.path, pulled.record.quant) == (path, "Q8_0")
    assert store.records() == []


def test_a_mirror_that_knows_no_sizes(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.sizes = False
    assert "does not say how large" in failure(hub).message
    assert fake.transfers == []


def test_an_unfinished_download_is_known_and_can_be_given_up(fake: FakeHub, hub: Hub) -> None:
    fake.add(REPOSITORY, FILE, model())
    fake.cuts.append(100_000)
    failure(hub)
    (one,) = store.unfinished()
    assert (one.repository, one.name, one.size, one.total) == (REPOSITORY, FILE, 100_000, 300_000)
    assert unfinished(f"{REPOSITORY}:Q8_0") == []
    assert unfinished(REPOSITORY) == unfinished(f"{REPOSITORY}/{FILE}") == [one]
    assert store.give_up([one]) == 100_000
    assert list(store.models_folder().iterdir()) == []
