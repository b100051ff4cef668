"""Names as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.errors import ModelError
from mathcli.models.names import parse, shown_link

_MAIN = ("someone/Some-GGUF",)


@pytest.mark.parametrize(
    "name",
    [
        "someone/Some-GGUF",
        "hf.co/someone/Some-GGUF",
        "huggingface.co/someone/Some-GGUF",
        "https://huggingface.co/someone/Some-GGUF",
        "https://huggingface.co/someone/Some-GGUF/",
        "https://hf.co/someone/Some-GGUF?library=llama-cpp-python",
        "http://www.huggingface.co/someone/Some-GGUF#files",
        "hf://someone/Some-GGUF",
        "hf://models/someone/Some-GGUF",
        "huggingface://someone/Some-GGUF",
        "HF://someone/Some-GGUF",
        " someone/Some-GGUF ",
        "ollama://hf.co/someone/Some-GGUF",
        "hf.co/someone/Some-GGUF:latest",
        "hf:someone/Some-GGUF",
        "<https://huggingface.co/someone/Some-GGUF>",
        "'someone/Some-GGUF/'",
        "ollama run hf.co/someone/Some-GGUF",
        "https://huggingface.co/someone/Some-GGUF/discussions/12",
        "https://huggingface.co/someone/Some-GGUF/commits/main",
    ],
)
def test_one_repository_in_many_spellings(name: str) -> None:
    found = parse(name)
    assert (found.source, found.repositories) == ("hub", _MAIN)
    assert (found.file, found.quant, found.revision) == (None, None, None)
    assert found.plain == "someone/Some-GGUF"


@pytest.mark.parametrize(
    ("name", "file", "quant", "revision"),
    [
        ("someone/Some-GGUF:q5_k_m", None, "Q5_K_M", None),
        ("hf.co/someone/Some-GGUF:Q5_K_M", None, "Q5_K_M", None),
        ("ollama://hf.co/someone/Some-GGUF:Q5_K_M", None, "Q5_K_M", None),
        ("https://huggingface.co/someone/Some-GGUF:Q5_K_M", None, "Q5_K_M", None),
        ("someone/Some-GGUF/a.gguf", "a.gguf", None, None),
        ("someone/Some-GGUF/deep/a.gguf", "deep/a.gguf", None, None),
        ("hf://someone/Some-GGUF@v2/a.gguf", "a.gguf", None, "v2"),
        ("hf://someone/Some-GGUF@v2:Q8_0", None, "Q8_0", "v2"),
        ("https://huggingface.co/someone/Some-GGUF/tree/main", None, None, "main"),
        ("https://huggingface.co/someone/Some-GGUF/tree/main/deep", None, None, "main"),
        ("https://huggingface.co/someone/Some-GGUF/blob/main/a.gguf", "a.gguf", None, "main"),
        (
            "https://huggingface.co/someone/Some-GGUF/resolve/v1/deep/a.gguf?download=true",
            "deep/a.gguf",
            None,
            "v1",
        ),
        ("https://huggingface.co/someone/Some-GGUF/blob/main/README.md", None, None, "main"),
        ("https://huggingface.co/someone/Some-GGUF?show_file_info=a.gguf", "a.gguf", None, None),
        (
            "https://huggingface.co/someone/Some-GGUF/tree/main?show_file_info=deep%2Fa.gguf",
            "deep/a.gguf",
            None,
            "main",
        ),
        ("https://huggingface.co/someone/Some-GGUF/blob/main/a.gguf/", "a.gguf", None, "main"),
        ("someone/Some-GGUF:a.gguf", "a.gguf", None, None),
    ],
)
def test_a_file_a_quant_a_revision(
    name: str, file: str | None, quant: str | None, revision: str | None
) -> None:
    found = parse(name)
    assert (found.source, found.repositories) == ("hub", _MAIN)
    assert (found.file, found.quant, found.revision) == (file, quant, revision)


@pytest.mark.parametrize(
    ("name", "label", "repository"),
    [
        ("phi4-mini:3.8b", "phi4-mini:3.8b", "registry.ollama.ai/library/phi4-mini"),
        ("qwen3:4b", "qwen3:4b", "registry.ollama.ai/library/qwen3"),
        ("llama3.2:3b-instruct-q4_K_M", "llama3.2:3b-instruct-q4_K_M", None),
        ("ollama://phi4-mini", "phi4-mini:latest", None),
        ("ollama://someone/thing:tag", "someone/thing:tag", "registry.ollama.ai/someone/thing"),
        ("https://ollama.com/library/phi4-mini", "phi4-mini:latest", None),
        ("https://ollama.com/library/phi4-mini:3.8b", "phi4-mini:3.8b", None),
        ("ollama.com/someone/thing", "someone/thing:latest", None),
        ("ollama:phi4-mini:3.8b", "phi4-mini:3.8b", None),
        ("ollama run phi4-mini:3.8b", "phi4-mini:3.8b", None),
        ("Phi4-Mini:3.8B", "phi4-mini:3.8b", None),
        ("ollama://phi4-mini:3.8b/", "phi4-mini:3.8b", None),
        ("https://ollama.com/library/phi4-mini:3.8b/", "phi4-mini:3.8b", None),
        ("https://ollama.com/library/phi4-mini/tags", "phi4-mini:latest", None),
        ("https://ollama.com/library/phi4-mini:3.8b/blobs/0a1b2c", "phi4-mini:3.8b", None),
        ("registry.ollama.ai/library/phi4-mini:3.8b", "phi4-mini:3.8b", None),
        (
            "ollama://127.0.0.1:5000/library/x:y",
            "127.0.0.1:5000/library/x:y",
            "127.0.0.1:5000/library/x",
        ),
    ],
)
def test_models_of_ollama(name: str, label: str, repository: str | None) -> None:
    found = parse(name)
    assert found.source == "ollama"
    assert found.plain == label
    assert repository in (None, found.repositories[0])
    assert parse(found.plain if "/" not in label else f"ollama://{label}") == found


@pytest.mark.parametrize(
    ("name", "file", "quant"),
    [
        ("modelscope://someone/Some-GGUF", None, None),
        ("ms://someone/Some-GGUF:Q8_0", None, "Q8_0"),
        ("ms://someone/Some-GGUF/a.gguf", "a.gguf", None),
        ("https://modelscope.cn/models/someone/Some-GGUF", None, None),
        ("https://www.modelscope.cn/models/someone/Some-GGUF/files", None, None),
        ("https://modelscope.cn/models/someone/Some-GGUF/resolve/master/a.gguf", "a.gguf", None),
        ("https://modelscope.cn/models/someone/Some-GGUF/file/view/master/a.gguf", "a.gguf", None),
        (
            "https://modelscope.cn/models/someone/Some-GGUF/file/view/master?fileName=a.gguf&status=2",
            "a.gguf",
            None,
        ),
        ("modelscope:someone/Some-GGUF/", None, None),
    ],
)
def test_models_of_modelscope(name: str, file: str | None, quant: str | None) -> None:
    found = parse(name)
    assert (found.source, found.repositories) == ("modelscope", (f"modelscope.cn/{_MAIN[0]}",))
    assert (found.file, found.quant) == (file, quant)


def test_an_address_of_a_file_keeps_its_secret_to_itself() -> None:
    found = parse("https://me:word@example.org:8443/deep/er/Some-Q4_0.gguf?sig=secret#x")
    assert (found.source, found.file) == ("link", "Some-Q4_0.gguf")
    assert found.repositories == ("example.org/deep_er",)
    assert found.plain == "https://example.org:8443/deep/er/Some-Q4_0.gguf"
    assert "secret" not in shown_link(found.link or "")
    assert "word" not in found.plain


def test_an_alias_comes_before_a_model_of_ollama_s() -> None:
    assert parse("qwen2.5-math-7b:q4_k_m").alias == "qwen2.5-math-7b"
    with pytest.raises(ModelError, match="is a family"):
        parse("tora:Q4_K_M")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ":x",
        "a//b",
        "/",
        "a/../b",
        "a/b/../c.gguf",
        "a/b/..%2f..%2fc.txt",
        "hf://a",
        "hf://../x",
        "hf://a/b@../c.gguf",
        "https://huggingface.co/a",
        "https://huggingface.co/a/b/blob/main/../../../x.gguf",
        "https://huggingface.co/a/b/blob/main/%2e%2e/x.gguf",
        "https://example.org/x.zip",
        "https://[bad/x.gguf",
        "https://example.org:port/x.gguf",
        "ftp://example.org/x.gguf",
        "file:///etc/passwd",
        "ollama://a/b/c/d:e",
        "ollama://../../etc:passwd",
        "a/b\x1b[2J",
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse(name)
    assert caught.value.hint


@given(st.text(max_size=60) | st.from_regex(r"(hf|ms|ollama|https)://[ -~]{0,40}", fullmatch=True))
def test_any_text_is_read_or_refused_and_never_leaves_its_folder(text: str) -> None:
    try:
        found = parse(text)
    except ModelError:
        return
    for repository in found.repositories:
        parts = (*repository.split("/"), *(found.file or "x").replace("\\", "/").split("/"))
        assert not {"", ".", ".."} & set(parts)


@pytest.mark.parametrize(
    "name",
    ["Qwen/Qwen3-4B", "https://huggingface.co/Qwen/Qwen3-4B", "hf.co/qwen/qwen3-4b/", "qwen3-4b/"],
)
def test_the_authors_repository_of_a_known_checkpoint(name: str) -> None:
    """It holds no GGUF file, and whoever copies its name means the model."""
    assert parse(name) == parse("qwen3-4b")


@pytest.mark.parametrize("kind", ["datasets", "spaces"])
def test_what_is_no_model_on_the_hub(kind: str) -> None:
    with pytest.raises(ModelError, match="is no model"):
        parse(f"https://huggingface.co/{kind}/someone/thing")
