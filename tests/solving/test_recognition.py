"""What is found out about a model from its chat template alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mathcli.errors import ModelError
from mathcli.solving.recognition import Recognized, recognize
from mathcli.templates.messages import Marks
from tests.servers.archive import published

FOLDER = published()

TURNS = (
    "{% if tools %}<s>{% for tool in tools %}{{ tool | tojson }}{% endfor %}{% endif %}"
    "{% for m in messages %}[{{ m.role }}]"
    "{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}"
    "{% for c in m.tool_calls or [] %}CALL{% endfor %}[/]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
ARGUMENTS = "{{ c.function.arguments | tojson }}"
HERMES = '<tool_call>{"name": "{{ c.function.name }}", "arguments": ' + ARGUMENTS + "}</tool_call>"


def test_a_call_is_known_by_how_the_template_writes_it() -> None:
    found = recognize(TURNS.replace("CALL", HERMES))
    assert (found.shows_tools, found.syntax) == (True, "hermes")
    assert found.feedback == "[/][tool]{output}[/][assistant]{begin}"


def test_an_output_may_be_json() -> None:
    template = TURNS.replace("CALL", HERMES).replace("{{ m.content }}", "{{ m.content | tojson }}")
    assert recognize(template).feedback == "[/][tool]{json}[/][assistant]{begin}"


def test_a_call_that_nobody_reads_is_none() -> None:
    found = recognize(TURNS.replace("CALL", f"<<{ARGUMENTS}>>"))
    assert (found.shows_tools, found.syntax, found.feedback) == (True, None, None)


def test_a_template_without_tools_shows_none() -> None:
    template = TURNS.replace("{{ tool | tojson }}", "").replace("<s>", "")
    assert recognize(template) == Recognized(False, thinking=recognize(template).thinking)


def test_arguments_may_have_to_be_text() -> None:
    call = HERMES.replace(ARGUMENTS, "{{ c.function.arguments }}")
    call = "{% if c.function.arguments is mapping %}{{ raise_exception('text') }}{% endif %}" + call
    assert recognize(TURNS.replace("CALL", call)).syntax == "hermes"


def test_the_end_token_is_part_of_a_frame() -> None:
    template = TURNS.replace("CALL", HERMES + "{{ eos_token }}")
    feedback = recognize(template, Marks("", "</s>")).feedback
    assert feedback is not None
    assert feedback.startswith("</s>[/][tool]")


def test_thinking_is_known_by_what_stands_around_a_thought() -> None:
    thinking = recognize(TURNS.replace("CALL", HERMES)).thinking
    assert thinking is not None
    assert (thinking.open, thinking.close) == (("<think>",), ("</think>",))
    assert (thinking.default, thinking.forced_close) == ("always", "</think>")


def test_thinking_that_can_be_switched_off() -> None:
    begin = "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"
    thinking = recognize(TURNS.replace("[assistant]", "[assistant]" + begin)).thinking
    assert thinking is not None
    assert thinking.default == "on"
    assert thinking.on.variables == {"enable_thinking": True}
    assert thinking.off.variables == {"enable_thinking": False}
    assert (thinking.on.begin, thinking.off.begin) == ("", "<think></think>")


def test_markers_of_messages_are_none_of_thoughts() -> None:
    template = TURNS.replace("<think>", "<|message|>").replace("</think>", "<|end|>")
    assert recognize(template).thinking is None


def test_a_template_that_loops_with_a_call_is_an_error_at_once() -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(ModelError, match="more than"):
        recognize(TURNS.replace("CALL", loop))


def test_a_template_that_writes_endlessly_around_a_call_costs_no_time() -> None:
    long = "{% for i in range(90000) %}<think>({% endfor %}"
    found = recognize(TURNS.replace("CALL", HERMES + long).replace("<think>", long + "<think>", 1))
    assert (found.shows_tools, found.syntax) == (True, None)


@dataclass(frozen=True)
class Row:
    """What is to be found in one published template."""

    tools: bool
    syntax: str | None
    thinks: str | None


CLOSE = "</think>"
FOUND = {
    "Apertus-8B-Instruct": Row(True, None, None),
    "Apriel-1.6-15b-Thinker-fixed": Row(True, None, None),
    "Bielik-11B-v3.0-Instruct": Row(True, "hermes", CLOSE),
    "ByteDance-Seed-OSS": Row(True, None, "</seed:think>"),
    "CohereForAI-c4ai-command-r-plus-tool_use": Row(True, None, None),
    "GLM-4.6": Row(True, None, CLOSE),
    "HuggingFaceTB-SmolLM3-3B": Row(False, None, CLOSE),
    "Kimi-K2-Thinking": Row(True, None, CLOSE),
    "LFM2-8B-A1B": Row(True, "lfm2", None),
    "LFM2.5-8B-A1B": Row(True, "lfm2", CLOSE),
    "MiMo-VL": Row(True, "hermes", None),
    "MiniMax-M1": Row(True, "llama3", None),
    "MiniMax-M2": Row(True, None, CLOSE),
    "Mistral-Small-3.2-24B-Instruct-2506": Row(True, "mistral", None),
    "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": Row(True, "qwen-xml", CLOSE),
    "NVIDIA-Nemotron-Nano-v2": Row(True, "nemotron", CLOSE),
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use": Row(True, "hermes", None),
    "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": Row(True, "hermes", None),
    "Qwen-QwQ-32B": Row(True, "hermes", CLOSE),
    "Qwen-Qwen2.5-7B-Instruct": Row(True, "hermes", None),
    "Qwen-Qwen3-0.6B": Row(True, "hermes", CLOSE),
    "Qwen3-Coder": Row(True, "qwen-xml", None),
    "Qwen3.5-4B": Row(True, "qwen-xml", CLOSE),
    "StepFun3.5-Flash": Row(True, "qwen-xml", CLOSE),
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": Row(False, None, CLOSE),
    "google-gemma-2-2b-it": Row(False, None, None),
    "google-gemma-4-31B-it": Row(True, "gemma4", "<channel|>"),
    "ibm-granite-granite-3.3-2B-Instruct": Row(True, "granite", CLOSE),
    "ibm-granite-granite-4.0": Row(True, "hermes", None),
    "meetkai-functionary-medium-v3.1": Row(True, "llama3", None),
    "meetkai-functionary-medium-v3.2": Row(True, None, None),
    "meta-llama-Llama-3.1-8B-Instruct": Row(True, "llama3", None),
    "meta-llama-Llama-3.2-3B-Instruct": Row(True, "llama3", None),
    "microsoft-Phi-3.5-mini-instruct": Row(False, None, None),
    "mistralai-Ministral-3-14B-Reasoning-2512": Row(True, "mistral", "[/THINK]"),
    "mistralai-Mistral-Nemo-Instruct-2407": Row(True, "mistral", None),
    "openai-gpt-oss-120b": Row(True, "harmony", None),
    "openbmb-MiniCPM5-1B": Row(True, "minicpm", CLOSE),
    "unsloth-mistral-Devstral-Small-2507": Row(True, "mistral", None),
}


@pytest.mark.skipif(FOLDER is None, reason="no published templates are kept")
@pytest.mark.parametrize("name", FOUND)
def test_published_templates_are_recognized(name: str) -> None:
    assert FOLDER is not None
    found = recognize((FOLDER / "templates" / f"{name}.jinja").read_text("utf-8"))
    row = FOUND[name]
    thinking = found.thinking
    assert (found.shows_tools, found.syntax) == (row.tools, row.syntax)
    assert (thinking.close[0] if thinking else None) == row.thinks


@pytest.mark.skipif(FOLDER is None, reason="no published templates are kept")
def test_every_published_template_is_bounded_and_answered() -> None:
    assert FOLDER is not None
    refused = []
    for path in sorted((FOLDER / "templates").glob("*.jinja")):
        try:
            recognize(path.read_text("utf-8"))
        except ModelError:
            refused.append(path.stem)
    assert refused in (
        [],
        ["fireworks-ai-llama-3-firefunction-v2"],
    )  # it wants variables of its own
