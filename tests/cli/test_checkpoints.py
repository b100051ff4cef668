"""Published checkpoints through the whole of the command, as users run them.

What such small models answer is mostly wrong; what is tested is all around it: that their prompts
and limits are right, that what is recorded agrees with itself, and that nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.servers.llama_server import llama_server
from tests.servers.running import RunningServer, native_server

pytestmark = [pytest.mark.checkpoint, pytest.mark.slow, pytest.mark.timeout(900)]

PROBLEMS = ("What is 12 + 30?", "What is 7 * 8?")


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("problems") / "two.jsonl"
    rows = [json.dumps({"problem": problem, "answer": "42"}) for problem in PROBLEMS]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def served(chat_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """llama.cpp's own server with the same file."""
    program = llama_server()
    if program is None:
        pytest.skip("there is no llama-server: python -m tests.servers.llama_server builds it")
    log = tmp_path_factory.mktemp("server") / "log"
    with native_server(program, log, "--jinja", model=chat_model) as server:
        yield server


def solve(mathcli: Run, model: Path, *words: str, code: int | None = None) -> dict[str, object]:
    done = mathcli("solve", "--json", "--no-history", "--model", str(model), *words, timeout=300)
    assert done.code in ((0, 3) if code is None else (code,)), done.err
    record: dict[str, object] = json.loads(done.out)
    return record


def test_a_chat_model_that_no_card_knows_is_asked_through_its_own_template(
    mathcli: Run, chat_model: Path
) -> None:
    asked = ("--method", "cot", "What is 12 + 30?")
    record = solve(mathcli, chat_model, "--max-tokens", "160", *asked)
    assert record["model"]["card"] == "generic"  # type: ignore[index]
    assert record["finish"] in ("answer", "no_answer", "max_tokens", "loop")
    shown = mathcli("models", "show", str(chat_model), "--prompt", "What is 12 + 30?").out
    assert "<|im_start|>" in shown
    counts = record["counts"]
    assert counts["prompt_tokens"] > 20  # type: ignore[index]
    # Nothing was evaluated twice: the prompt, and what was written but for the last token.
    total = counts["prompt_tokens"] + counts["generated_tokens"]  # type: ignore[index]
    assert total - 1 <= counts["evaluated_tokens"] <= total  # type: ignore[index]


def test_a_program_runs_and_its_output_goes_back(mathcli: Run, chat_model: Path) -> None:
    record = solve(mathcli, chat_model, "--max-tokens", "200", "What is 123 * 456?")
    kinds = [segment["kind"] for segment in record["segments"]]  # type: ignore[attr-defined]
    assert "code" in kinds
    assert kinds[kinds.index("code") + 1] == "output"
    assert record["counts"]["executions"] == kinds.count("output")  # type: ignore[index]


def test_a_batch_with_votes_goes_on_where_it_was_and_replays(
    mathcli: Run, chat_model: Path, problems: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    words = ("batch", str(problems), "-o", str(out), "--model", str(chat_model))
    effort = ("--samples", "2", "--confidence", "1", "--max-tokens", "40", "--max-rounds", "1")
    size = ("--context", "1024", "--width", "2")
    done = mathcli(*words, *effort, *size, timeout=400)
    assert done.code == 0, done.err
    lines = out.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert sorted(record["problem"] for record in records) == sorted(PROBLEMS)
    for record in records:
        assert len(record["samples"]) == 2
        assert sum(vote["count"] for vote in record.get("votes", ())) <= 2
        assert record["sampling"]["temperature"] > 0
    out.write_text(f"{lines[0]}\n{lines[1][:50]}", encoding="utf-8")  # as if killed
    assert mathcli(*words, *effort, *size, timeout=400).code == 0
    again = out.read_text(encoding="utf-8").splitlines()
    assert again[0] == lines[0]
    assert len(again) == 2
    replayed = mathcli("replay", str(out), "--json", timeout=300)
    assert replayed.code in (0, 1), replayed.err  # 1: an answer is not the key's
    found = [json.loads(line) for line in replayed.out.splitlines()]
    assert len(found) == 2


def test_a_server_with_the_same_file_writes_the_same(
    mathcli: Run, chat_model: Path, served: RunningServer
) -> None:
    """Greedy texts are the local engine's; arithmetic in other batches may turn a late token."""
    words = ("--method", "cot", "--max-tokens", "24")
    same = 0
    for problem in PROBLEMS:
        local = solve(mathcli, chat_model, *words, problem)
        asked = ("solve", "--json", "--no-history", "--server", served.url, *words, problem)
        remote = json.loads(mathcli(*asked).out)
        assert remote["model"]["card"] == "generic"
        assert remote["counts"]["prompt_tokens"] == local["counts"]["prompt_tokens"]  # type: ignore[index]
        texts = [[part["text"] for part in one["segments"]] for one in (local, remote)]  # type: ignore[attr-defined]
        same += texts[0] == texts[1]
    assert same >= 1


def test_a_base_model_is_asked_by_examples_and_ends_where_the_next_would_begin(
    mathcli: Run, base_model: Path
) -> None:
    words = ("solve", "--json", "--no-history", "--model", str(base_model), "--max-tokens", "120")
    done = mathcli(*words, "What is 12 + 30?", timeout=300)
    assert done.code in (0, 3), done.err
    assert "it has no chat template, so it is prompted with worked examples" in done.err
    record = json.loads(done.out)
    assert record["model"]["card"] == "base"
    assert "Problem:" not in "".join(part["text"] for part in record["segments"])
    assert record["counts"]["executions"] >= 1


def test_a_base_model_states_answers_in_words_as_its_examples_do(
    mathcli: Run, base_model: Path
) -> None:
    # With one thread: such a small model's text depends on the last bits.
    asked = ("--method", "cot", "--max-tokens", "80", "--threads", "1", "What is 12 + 30?")
    record = solve(mathcli, base_model, *asked)
    words = "".join(part["text"] for part in record["segments"])  # type: ignore[attr-defined]
    assert "Problem:" not in words
    assert "\\boxed" in words
