from __future__ import annotations

import pytest

from mathcli.errors import ModelError
from mathcli.models.quants import (
    RemoteFile,
    about_text,
    choose,
    estimated_size,
    fits,
    quant_in,
    variants,
)

GB = 10**9
SEVEN_B = {"Q2_K": 3.0, "Q3_K_M": 3.8, "Q4_K_M": 4.7, "Q5_K_M": 5.4, "Q8_0": 8.1, "F16": 15.2}


def listing(sizes: dict[str, float]) -> list[RemoteFile]:
    return [
        RemoteFile(f"model-{quant}.gguf", int(size * GB), None) for quant, size in sizes.items()
    ]


@pytest.mark.parametrize(
    ("name", "quant"),
    [
        ("Qwen2.5-Math-7B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("tora-code-7b-v1.0.Q5_K_S.gguf", "Q5_K_S"),
        ("model.q4_0.gguf", "Q4_0"),
        ("model-IQ3_XXS.gguf", "IQ3_XXS"),
        ("model-UD-Q5_K_XL.gguf", "UD-Q5_K_XL"),
        ("model-fp16.gguf", "F16"),
        ("model-bf16.gguf", "BF16"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("Q8_0/model-Q8_0-00001-of-00002.gguf", "Q8_0"),
        ("model.gguf", None),
        ("Qwen2.5-Math-7B.gguf", None),
    ],
)
def test_the_quant_in_a_name(name: str, quant: str | None) -> None:
    assert quant_in(name) == quant


def test_shards_are_one_variant_and_other_files_none() -> None:
    files = [
        RemoteFile("big-Q4_K_M-00002-of-00002.gguf", 2, None),
        RemoteFile("big-Q4_K_M-00001-of-00002.gguf", 3, None),
        RemoteFile("lost-Q8_0-00001-of-00002.gguf", 9, None),
        RemoteFile("mmproj-F16.gguf", 1, None),
        RemoteFile("README.md", 1, None),
    ]
    (found,) = variants(files)
    assert (found.quant, found.size) == ("Q4_K_M", 5)
    assert [file.name[-19:-14] for file in found.files] == ["00001", "00002"]


@pytest.mark.parametrize(
    "name", ["../x.gguf", "a/../../x.gguf", "/etc/x.gguf", "..\\x.gguf", "C:x.gguf"]
)
def test_a_name_that_leaves_its_folder_is_no_model(name: str) -> None:
    assert variants([RemoteFile(name, 1, None)]) == []


@pytest.mark.parametrize(
    ("memory", "sizes", "quant"),
    [
        (24, SEVEN_B, "Q4_K_M"),
        (6.0, SEVEN_B, "Q3_K_M"),
        (4.9, SEVEN_B, "Q2_K"),
        (24, {"Q4_K_M": 1.0, "Q8_0": 1.6}, "Q8_0"),  # small models keep their digits
        (2.5, {"Q4_K_M": 1.0, "Q8_0": 1.6}, "Q4_K_M"),
        (24, {"Q8_0": 8.1, "F16": 15.2}, "Q8_0"),
        (24, {"F16": 15.2}, "F16"),
    ],
)
def test_the_quant_is_chosen_by_what_fits(
    memory: float, sizes: dict[str, float], quant: str
) -> None:
    chosen, reason = choose(variants(listing(sizes)), None, int(memory * GB), "a/b")
    assert chosen.quant == quant
    assert reason.startswith(quant)


def test_what_fits_nowhere_says_so_and_how_to_insist() -> None:
    with pytest.raises(ModelError, match="does not fit") as caught:
        choose(variants(listing(SEVEN_B)), None, 2 * GB, "a/b")
    assert "a/b:Q2_K" in (caught.value.hint or "")
    chosen, _ = choose(variants(listing(SEVEN_B)), "q2_k", 2 * GB, "a/b")
    assert chosen.quant == "Q2_K"


def test_room_is_left_for_the_cache() -> None:
    assert fits(4 * GB, 6 * GB)
    assert not fits(5 * GB, 6 * GB)


def test_an_estimate_comes_from_the_nominal_size() -> None:
    assert about_text(estimated_size("7B") or 0) == "~4 GB"
    assert about_text(estimated_size("1.5B") or 0) == "~0.9 GB"
    assert estimated_size(None) is None
