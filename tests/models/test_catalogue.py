from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mathcli.errors import ModelError
from mathcli.models import card_named, card_of_file, cards, catalogue, find_card, load_card
from mathcli.resources import data_path, embedded_model
from mathcli.sandbox import Semantics


@pytest.fixture
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "mathcli" / "cards"
    folder.mkdir(parents=True)
    monkeypatch.setattr(catalogue, "user_cards", lambda: folder)
    catalogue._load.cache_clear()
    yield folder
    catalogue._load.cache_clear()


def named(name: str) -> str:
    return find_card({"general.name": name}.get).name


def test_every_card_bears_the_name_of_its_file() -> None:
    for path in data_path("cards").glob("*.toml"):
        assert path.stem in cards()
    assert len(cards()) > 40


def test_every_card_is_fit_to_use() -> None:
    for card in cards().values():
        Semantics(**card.execution.given)
        assert card.sources or card.name in ("nano", "generic")
        for checkpoint in card.checkpoints.values():
            for repository in (checkpoint.upstream, *checkpoint.gguf):
                assert repository is None or repository.count("/") == 1


def test_aliases_are_in_lower_case_and_unique() -> None:
    aliases = [alias for card in cards().values() for alias in card.checkpoints]
    assert len(aliases) == len(set(aliases))
    assert aliases == [alias.lower() for alias in aliases]


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("mathcli nano", "nano"),
        ("Qwen2.5 Math 7B Instruct", "qwen2.5-math"),
        ("Qwen2.5-Math-1.5B-Instruct", "qwen2.5-math"),
        ("Qwen2.5 Math PRM 7B", "qwen2.5-math-prm"),
        ("Qwen2.5 Math RM 72B", "qwen2.5-math-rm"),
        ("Qwen2.5 Math 7B", "generic"),
        ("Qwen2-Math-7B-Instruct", "qwen2-math"),
        ("llm-agents_tora-code-7b-v1.0", "tora"),
        ("ToRL 7B", "torl"),
        ("Deepseek Math 7b Instruct", "deepseek-math"),
        ("NuminaMath 7B TIR", "numina-tir"),
        ("NuminaMath 7B CoT", "numina-cot"),
        ("OpenMath Nemotron 7B", "openmath-nemotron"),
        ("OpenMath2 Llama3.1 8B", "openmath2"),
        ("OpenMath Mistral 7B v0.1 hf", "openmath1"),
        ("DeepSeek R1 Distill Qwen 7B", "r1-distill"),
        ("Qwen3 8B", "qwen3"),
        ("Qwen3 0.6B", "qwen3"),
        ("Qwen3 4B Thinking 2507", "qwen3-thinking"),
        ("Qwen3-30B-A3B-Thinking-2507", "qwen3-thinking"),
        ("Qwen3 4B Instruct 2507", "qwen3-instruct"),
        ("Qwen3-Coder-30B-A3B-Instruct", "qwen3-coder"),
        ("Qwen2.5 Coder 1.5B Instruct", "qwen2.5-coder"),
        ("Qwen2.5 Coder 0.5B Instruct AWQ", "qwen2.5-coder"),
        ("Qwen3.5-4B", "qwen3.5"),
        ("Qwen_Qwen3.6-27B", "qwen3.5"),
        ("DeepSeek R1 0528 Qwen3 8B", "r1-0528-qwen3"),
        ("DeepSeek R1 Distill Llama 8B", "r1-distill"),
        ("Gemma 4 E4B It", "gemma4"),
        ("Gemma 3 4b It", "gemma3"),
        ("Gemma 3 270m", "generic"),
        ("SmolLM3 3B", "smollm3"),
        ("LFM2.5-1.2B-Thinking", "lfm2.5"),
        ("LFM2-2.6B", "lfm2.5"),
        ("Granite 4.0 H Tiny", "granite4"),
        ("granite-4.1-8b", "granite4"),
        ("NVIDIA Nemotron 3 Nano 30B A3B BF16", "nemotron3-nano"),
        ("NVIDIA-Nemotron-Nano-9B-v2", "nemotron-nano2"),
        ("Nemotron-H-8B-Reasoning-128K", "nemotron-nano2"),
        ("Falcon H1R 7B", "falcon-h1r"),
        ("Ministral 3 8B Reasoning 2512", "ministral3"),
        ("Ministral 3 8B Instruct 2512", "generic"),
        ("MiniCPM5-1B", "minicpm5"),
        ("Phi 4 Mini Reasoning", "phi4-mini-reasoning"),
        ("nvidia_OpenReasoning-Nemotron-7B", "openreasoning-nemotron"),
        ("AceReason Nemotron 1.1 7B", "acereason-nemotron"),
        ("VibeThinker-3B", "vibethinker"),
        ("MobileLLM-R1-950M", "mobilellm-r1"),
        ("MobileLLM-R1.5-950M", "mobilellm-r1"),
        ("DeepScaleR 1.5B Preview", "deepscaler"),
        ("Polaris 4B Preview", "polaris"),
        ("Qwen2.5-7B-SimpleTIR", "simpletir"),
        ("Gpt Oss 20b", "gpt-oss"),
        ("AceMath RL Nemotron 7B", "acemath-rl"),
        ("AceMath 7B Instruct", "acemath"),
        ("Llama3.1 8B PRM Deepseek Data", "rlhflow-prm"),
        ("Internlm2 Math Plus 7b", "internlm2-math-plus"),
        ("mathstral 7B v0.1", "mathstral"),
        ("Storage 7B", "generic"),
        ("", "generic"),
    ],
)
def test_a_file_is_known_by_the_name_in_its_metadata(name: str, card: str) -> None:
    assert named(name) == card


def test_a_file_is_known_by_its_own_name_where_its_metadata_say_nothing() -> None:
    path = Path("somewhere/tora-code-7b-v1.0.Q4_K_M.gguf")
    assert find_card({"general.name": "LLaMA v2"}.get, path).name == "tora"


@pytest.mark.parametrize(
    ("name", "card"), [("Gemma 3 270M", "base"), ("", "base"), ("llm-agents_tora-7b-v1.0", "tora")]
)
def test_a_file_without_a_chat_template_is_asked_by_examples_unless_a_card_knows_it(
    name: str, card: str
) -> None:
    metadata = {"general.name": name}
    assert card_of_file(metadata.get).name == card
    assert card_of_file({**metadata, "tokenizer.chat_template": ""}.get).name == card
    with_template = card_of_file({**metadata, "tokenizer.chat_template": "{{ messages }}"}.get)
    assert with_template.name == ("generic" if card == "base" else card)


def test_the_embedded_model_needs_no_other_card() -> None:
    assert find_card({}.get, embedded_model()).name == "nano"


def test_a_card_is_called_by_its_name_or_an_alias() -> None:
    assert card_named("tora").name == "tora"
    assert card_named("ToRA-Code-7B").name == "tora"
    with pytest.raises(ModelError) as caught:
        card_named("qwen2.5-meth")
    assert "qwen2.5-math" in (caught.value.hint or "")


def test_a_card_is_called_by_the_path_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "variant.toml"
    path.write_text('name = "variant"\ntitle = "Mine"\n[methods.cot]\nprompt = "Q: {problem}"\n')
    assert card_named(str(path)).name == "variant"
    with pytest.raises(ModelError, match="cannot be read"):
        card_named(str(tmp_path / "absent.toml"))


def test_the_user_s_card_replaces_the_one_of_its_name(own_cards: Path) -> None:
    text = data_path("cards/tora.toml").read_text(encoding="utf-8")
    (own_cards / "mine.toml").write_text(text.replace('title = "ToRA"', 'title = "Mine"'))
    assert card_named("tora").title == "Mine"


def test_a_card_of_the_user_s_own_needs_one_file(own_cards: Path) -> None:
    (own_cards / "mine.toml").write_text(
        "name = 'mine'\ntitle = 'Mine'\nmatch = ['my-model*']\n"
        "[methods.tir]\nprompt = 'Q: {problem}'\n[checkpoints.my-7b]\ngguf = ['me/my-GGUF']\n"
    )
    assert named("My Model 7B") == "mine"
    assert card_named("my-7b").name == "mine"


VARIANTS = sorted((Path(__file__).parents[1] / "benchmarks/variants").glob("*.toml"))


@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.stem)
def test_every_variant_that_was_measured_is_a_card(path: Path) -> None:
    assert load_card(path).name == path.stem


@pytest.mark.parametrize("name", ["generic", "qwen2.5-coder"])
def test_models_are_asked_in_words_that_were_measured(name: str) -> None:
    variants = {path.stem: load_card(path) for path in VARIANTS}
    card, won = card_named(name), variants["commented-examples"]
    assert card.prompt_for("tir") == won.prompt_for("tir")
    assert (card.code, card.execution) == (won.code, won.execution)
    assert card.prompt_for("cot") == variants["words-user"].prompt_for("cot")


def test_every_card_says_its_licence_and_where_it_was_read() -> None:
    for card in cards().values():
        assert card.licence not in ("", "unknown"), card.name
        assert card.sources or card.name in ("nano", "generic"), card.name
        assert card.verified in ("checkpoint", "template", "text")


def test_thinking_leaves_room_for_an_answer() -> None:
    for card in cards().values():
        if card.thinking is not None and card.thinking.budget is not None:
            assert card.thinking.budget + 2048 == card.max_tokens, card.name


def test_a_broken_card_is_left_out_with_a_warning_that_is_said_once(
    own_cards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_cards / "broken.toml").write_text(
        'name = "broken"\ntitle = "x"\nsampling.temprature = 1\n'
    )
    (own_cards / "mine.toml").write_text(
        "name = 'mine'\ntitle = 'M'\nmethods.cot.prompt = '{problem}'"
    )
    assert named("something else") == "generic"
    assert card_named("mine").title == "M"
    assert "broken" not in catalogue.cards()
    said = capsys.readouterr().err
    assert said.count("warning") == 1
    assert f"{own_cards / 'broken.toml'}: sampling.temprature" in said
    with pytest.raises(ModelError, match=r"broken\.toml: sampling\.temprature is no known key"):
        card_named("broken")


def test_a_broken_card_does_not_bring_back_the_one_that_it_replaces(own_cards: Path) -> None:
    (own_cards / "mine.toml").write_text('name = "tora"\n')
    assert "tora" in catalogue.cards()  # it still stands in lists
    for find in (
        lambda: card_named("tora"),
        lambda: card_named("tora-code-7b"),
        lambda: find_card({"general.name": "ToRA Code 7B"}.get),
    ):
        with pytest.raises(ModelError, match=r"mine\.toml"):
            find()
    assert named("Qwen2.5-Math-7B-Instruct") == "qwen2.5-math"


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"name = ", b"name = 5", b"x = " + b"[" * 9000, b"\0" * (5 << 20), None,
     b"name='n'\ntitle='t'\nmethods.cot.prompt='{problem}'\nsampling.temperature=nan",
     b"name='n'\ntitle='t'\nmethods.cot.prompt='{problem}'\nsampling.temperature=inf",
     b"name='n'\ntitle='t'\nmethods.cot.prompt='{problem}'\nmax_tokens=" + b"9" * 400],
)  # fmt: skip
def test_no_card_of_the_user_s_stops_the_others(own_cards: Path, data: bytes | None) -> None:
    path = own_cards / "broken.toml"
    if data is None:
        path.mkdir()
    else:
        path.write_bytes(data)
    assert named("Qwen2.5-Math-7B-Instruct") == "qwen2.5-math"
    with pytest.raises(ModelError, match=r"broken\.toml"):
        card_named(
            "n"
            if data and data.startswith(b"name='n'")
            else "5"
            if data == b"name = 5"
            else "broken"
        )
