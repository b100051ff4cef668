from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mathcli.history import History
from tests.cli.conftest import Run, wait_until_mapped
from tests.random_model import TINY, write_random_model

QUADRATIC = "Solve x^2 - 5x + 6 = 0"


# -- the answer ------------------------------------------------------------------------------


def test_the_answer_alone_on_one_line(mathcli: Run) -> None:
    done = mathcli("solve", "-q", QUADRATIC)
    assert (done.code, done.out, done.err) == (0, "2, 3\n", "")


def test_a_problem_from_standard_input(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "-", stdin="What is the derivative of x^3?\n")
    assert (done.code, done.out) == (0, "3*x**2\n")


@pytest.mark.parametrize(("expected", "code"), [("{3,2}", 0), ("5", 1), ("x = 3 or x = 2", 0)])
def test_an_expected_answer_sets_the_exit_code(mathcli: Run, expected: str, code: int) -> None:
    done = mathcli("solve", "-q", "--expect", expected, QUADRATIC)
    assert (done.code, done.out) == (code, "2, 3\n")


def test_the_trace_shows_words_program_output_and_answer(mathcli: Run) -> None:
    done = mathcli("solve", QUADRATIC)
    assert done.code == 0
    assert "│ print(solve(x**2 - 5*x + 6, x))" in done.out
    assert "→ [2, 3]" in done.out
    assert "answer: 2, 3\n(computed by a program;" in done.out
    assert "\x1b" not in done.out  # no colour in a pipe


def test_the_record_is_the_whole_transcript(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "--expect", "5", QUADRATIC)
    record = json.loads(done.out)
    assert done.code == 1
    assert done.out.count("\n") == 1
    assert record["schema"] == 1
    assert record["problem"] == QUADRATIC
    assert record["answer"]["text"] == "2, 3"
    assert (record["finish"], record["evidence"], record["method"]) == ("answer", "computed", "tir")
    assert [s["kind"] for s in record["segments"]] == ["text", "code", "output", "text"]
    assert record["model"]["card"] == "nano"
    assert record["model"]["quant"] == "Q8_0"
    assert len(record["model"]["sha256"]) == 64
    counts = record["counts"]
    assert counts["evaluated_tokens"] == counts["prompt_tokens"] + counts["generated_tokens"]
    assert record["expect"]["verdict"] == "incorrect"


def test_words_alone(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "--method", "cot", "What is 3 + 4?")
    record = json.loads(done.out)
    assert record["counts"]["executions"] == 0
    assert {s["kind"] for s in record["segments"]} <= {"text", "code"}


def test_another_model_by_its_path_speaks_its_own_chat_template(
    mathcli: Run, tiny_model: Path
) -> None:
    words = ("solve", "--json", "--model", str(tiny_model), "--max-tokens", "20", "2+2?")
    done = mathcli(*words)
    record = json.loads(done.out)
    assert done.code in (0, 3)  # it writes noise
    assert record["model"]["name"] == "random"
    assert record["model"]["card"] == "generic"


def test_without_a_model_the_embedded_one_answers_and_a_better_one_is_named(
    mathcli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MATHCLI_MODEL")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # nothing was said today
    done = mathcli("solve", "-q", QUADRATIC)
    assert (done.code, done.out) == (0, "2, 3\n")
    assert done.err.startswith("hint: using the small embedded model")
    assert "\n  mathcli models pull" in done.err
    again = mathcli("solve", "-q", QUADRATIC)
    assert (again.code, again.out, again.err) == (0, "2, 3\n", "")


def test_a_method_that_the_card_has_no_prompt_for(mathcli: Run) -> None:
    done = mathcli("solve", "--method", "pal", "1+1")
    assert done.code == 4
    assert "it has: tir, cot" in done.err


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["solve"], ["solve", ""], ["solve", "-"], ["solve", "  \n"]])
def test_no_problem_is_a_usage_error_and_never_waits(mathcli: Run, words: list[str]) -> None:
    done = mathcli(*words, timeout=60)
    assert (done.code, done.out) == (2, "")
    assert "there is no problem to solve" in done.err


def test_standard_input_that_is_no_text(mathcli: Run) -> None:
    done = mathcli("solve", "-", stdin=b"\xff\xfe")
    assert (done.code, done.err) == (
        2,
        "mathcli: the problem on standard input is not UTF-8 text\n",
    )


@pytest.mark.parametrize(
    "words",
    [
        ["solve", "--method", "magic", "1"],
        ["solve", "--no-such-option", "1"],
        ["solve", "--seed", "-1", "1"],
        ["solve", "--timeout", "0", "1"],
        ["no-such-command"],
    ],
)
def test_wrong_words_are_usage_errors(mathcli: Run, words: list[str]) -> None:
    done = mathcli(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("mathcli: ")
    assert "--help" in done.err


def test_a_missing_model(mathcli: Run) -> None:
    done = mathcli("solve", "-m", "/no/such.gguf", "1+1")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("mathcli: there is no model file /no/such.gguf\n")


def test_a_file_that_is_no_gguf(mathcli: Run, tmp_path: Path) -> None:
    path = tmp_path / "poem.gguf"
    path.write_text("Roses are red")
    done = mathcli("solve", "-m", str(path), "1+1")
    assert done.code == 4
    assert "poem.gguf is not a GGUF file" in done.err


def test_a_truncated_gguf(mathcli: Run, tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.gguf"
    path.write_bytes(tiny_model.read_bytes()[:50_000])
    done = mathcli("solve", "-m", str(path), "1+1")
    assert done.code == 4
    assert done.err.startswith("mathcli: short.gguf is truncated or damaged\n")


def test_an_unknown_architecture(mathcli: Run, tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "odd.gguf", TINY)
    path.write_bytes(path.read_bytes().replace(b"qwen2", b"qwenX"))
    done = mathcli("solve", "-m", str(path), "1+1")
    assert done.code == 4
    assert "does not know the architecture 'qwenX'" in done.err


def test_a_gguf_that_writes_no_text_is_refused_in_one_line(mathcli: Run, tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "embed.gguf", TINY, causal=False)
    done = mathcli("solve", "-m", str(path), "1+1")
    assert done.code == 4
    message, step = done.err.splitlines()
    assert message.startswith("mathcli: embed.gguf is not a model that writes text: it turns texts")
    assert step.strip().endswith("mathcli models list")


def test_a_problem_longer_than_the_context(mathcli: Run) -> None:
    done = mathcli("solve", "-", stdin="1 + " * 3000)
    assert done.code == 5
    assert "the context holds" in done.err


def test_errors_as_records(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "-m", "/no/such.gguf", "1+1")
    assert done.code == 4
    assert json.loads(done.out)["error"]["code"] == "model"
    assert done.err == ""


def test_no_answer_is_exit_3_with_an_empty_line(mathcli: Run) -> None:
    done = mathcli("solve", "-q", "--max-tokens", "1", "What is 3 + 4?")
    assert (done.code, done.out) == (3, "\n")
    assert "the model wrote too much without coming to an end" in done.err


def test_a_model_that_repeats_itself_is_stopped_and_what_to_try_is_said(
    mathcli: Run, tiny_model: Path
) -> None:
    words = ("--method", "cot", "--temperature", "0", "-m", str(tiny_model), "1")
    done = mathcli("solve", "-q", *words)
    assert (done.code, done.out) == (3, "\n")
    assert "no answer: the model repeated itself without an end" in done.err
    assert "the model repeated itself; try another --seed" in done.err
    record = json.loads(mathcli("solve", "--json", *words).out)
    assert (record["finish"], record["answer"]) == ("loop", None)
    assert record["counts"]["generated_tokens"] < 400


# -- time and signals ------------------------------------------------------------------------


def test_the_timeout_ends_the_solution(mathcli: Run) -> None:
    done = mathcli("solve", "--json", "--timeout", "0.001", QUADRATIC)
    assert done.code == 6
    assert json.loads(done.out)["finish"] == "timeout"


@pytest.mark.parametrize("library", ["_multiarray_umath", "libllama"])
def test_an_interrupt_during_start_up_ends_cleanly_with_130(library: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "mathcli", "solve", QUADRATIC],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until_mapped(child, library)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, b"mathcli: interrupted\n")


def test_an_interrupt_keeps_what_is_written_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    path = write_random_model(tmp_path / "long.gguf", TINY_LONG)
    words = ["solve", "-m", str(path), "--temperature", "1", "--max-tokens", "1000000", "hi"]
    child = subprocess.Popen(
        [sys.executable, "-m", "mathcli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    os.read(child.stdout.fileno(), 1)  # it is writing
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err.endswith(b"mathcli: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)
    record = History().find("last").read()
    assert record is not None
    assert (record["problem"], record["finish"]) == ("hi", "stopped")
    assert record["segments"][0]["text"]
    assert record["counts"]["generated_tokens"] > 0


def test_a_reader_that_goes_away_is_no_error(mathcli: Run) -> None:
    command = f'{sys.executable} -m mathcli solve "{QUADRATIC}" | head -n 1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120)
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


TINY_LONG = type(TINY)(**(vars(TINY) | {"context": 32768}))


# -- hardware --------------------------------------------------------------------------------


def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded(
    mathcli: Run, tiny_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "huge.gguf"
    path.write_bytes(tiny_model.read_bytes())
    with path.open("r+b") as file:
        file.truncate(10**12)  # a hole: it takes no room on the disk
    done = mathcli("solve", "-m", str(path), "1+1")
    assert done.code == 5
    assert done.err.startswith("mathcli: huge.gguf needs 1000.3 GB of memory (1000.0 GB of weights")


def test_what_is_used_is_said_on_standard_error(mathcli: Run, tiny_model: Path) -> None:
    done = mathcli("solve", "-q", "-m", str(tiny_model), "--max-tokens", "5", "--gpu", "off", "1")
    assert "tiny.gguf: on the processor, because of --gpu off; 1 thread\n" in done.err
    assert "--gpu" not in done.out


def test_a_gpu_that_is_required_and_missing(mathcli: Run) -> None:
    import llama_cpp

    if llama_cpp.llama_supports_gpu_offload():
        return
    done = mathcli("solve", "-q", "--gpu", "require", "1+1")
    assert (done.code, done.out) == (5, "")
    assert done.err.startswith("mathcli: this build of llama-cpp-python sees no GPU")
