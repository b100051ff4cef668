"""What "run the code" means for a family of models, as data.

A checkpoint was trained on the feedback of one particular executor: which of its blocks ran, in
which namespace, whether an expression's value was echoed, where long output was cut, how an
error read. `Semantics` holds these choices; a model card's table becomes one. `instructions`
turns a program into what the child is asked to do, `feedback` turns its `Execution` into the
text between the output markers.

The default is ToRA's executor (Gou et al., "ToRA: A Tool-Integrated Reasoning Agent for
Mathematical Problem Solving", ICLR 2024), plus the value of a last expression where nothing
was printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mathcli.errors import UsageError
from mathcli.sandbox.execution import Execution
from mathcli.text_safety import safe

Earlier = Literal["ignored", "joined", "replayed"]
Value = Literal["never", "if_silent", "instead", "appended"]


@dataclass(frozen=True)
class Semantics:
    """How a program is run and how its result is shown to the model.

    Args:
        earlier: what happens to the solution's earlier blocks. `ignored`: the last block runs
            alone. `joined`: all blocks are one program (DeepSeekMath). `replayed`: one
            namespace persists, as in a notebook; earlier blocks run again, silently, each up to
            its own error.
        earlier_prints: whether joined blocks keep their lines that contain `print(`.
        prelude: statements that run before the program, usually imports.
        value: when the last expression's value is used. `never`; `if_silent`: where nothing was
            printed; `instead` of the output, unless the last line prints (Qwen2.5-Math);
            `appended` to the output, as a notebook does.
        value_form: `str`, as `print` would write it, or `repr`, as a notebook would.
        stderr: whether standard error is part of the output.
        limit: the longest text shown whole, in characters; `None` for no cutting.
        head: characters kept from the start of a longer text.
        tail: characters kept from its end.
        marker: what stands between them.
        error: format of an exception; `{error}` is the last line of its traceback.
        error_keeps_output: whether text printed before an exception is shown before it.
        timeout: what is shown after a stop by time, on the clock or of the processor.
        stopped: format of any other stop; `{limit}` is the `Execution.stopped_by`.
        empty: what is shown when there is nothing to show.
        strip: whether white space around the output is removed.

    Raises:
        UsageError: a field has a value that it cannot have.
    """

    earlier: Earlier = "ignored"
    earlier_prints: bool = True
    prelude: str = ""
    value: Value = "if_silent"
    value_form: Literal["str", "repr"] = "str"
    stderr: bool = False
    limit: int | None = 400
    head: int = 200
    tail: int = 200
    marker: str = "..."
    error: str = "{error}"
    error_keeps_output: bool = False
    timeout: str = "Timeout Error"
    stopped: str = "Error: stopped ({limit})"
    empty: str = "Done"
    strip: bool = True

    def __post_init__(self) -> None:
        choices = {
            "earlier": ("ignored", "joined", "replayed"),
            "value": ("never", "if_silent", "instead", "appended"),
            "value_form": ("str", "repr"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise UsageError(
                    f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}"
                )
        if self.head < 0 or self.tail < 0 or (self.limit is not None and self.limit < 0):
            raise UsageError("limit, head and tail must not be negative")


def instructions(program: str, earlier: Sequence[str], semantics: Semantics) -> dict[str, Any]:
    """The instructions for the child, as plain data."""
    replay: list[str] = [semantics.prelude] if semantics.prelude else []
    if semantics.earlier == "replayed":
        replay += earlier
    elif semantics.earlier == "joined":
        kept = earlier if semantics.earlier_prints else [_without_prints(one) for one in earlier]
        program = "\n".join([*kept, program])
    return {
        "replay": replay,
        "program": program,
        "value": semantics.value,
        "form": semantics.value_form,
        "stderr": semantics.stderr,
    }


def _without_prints(block: str) -> str:
    return "\n".join(line for line in block.splitlines() if "print(" not in line)


def feedback(execution: Execution, semantics: Semantics) -> str:
    """What the model sees between its output markers: exactly this text.

    Control characters other than newline and tab, and characters that turn the direction of
    writing, are shown as escapes, so that a program can neither drive the reader's terminal nor
    make a line read differently from what it says.
    """
    output, value = execution.stdout, execution.value
    if value is not None and (
        semantics.value == "instead" or (semantics.value == "if_silent" and not output)
    ):
        output = value
    elif value is not None and semantics.value == "appended":
        output += value
    trouble = _trouble(execution, semantics)
    if trouble is not None:
        output = f"{output.rstrip()}\n{trouble}" if _keeps(output, semantics) else trouble
    output = harmless(output.strip() if semantics.strip else output)
    return _cut(output, semantics) or semantics.empty


def _keeps(output: str, semantics: Semantics) -> bool:
    return semantics.error_keeps_output and bool(output.strip())


def _trouble(execution: Execution, semantics: Semantics) -> str | None:
    if execution.status == "raised":
        return semantics.error.replace("{error}", execution.error or "Error")
    if execution.stopped_by in ("time", "cpu"):
        return semantics.timeout
    if execution.status == "stopped":
        return semantics.stopped.replace("{limit}", execution.stopped_by or "killed")
    return None


def _cut(text: str, semantics: Semantics) -> str:
    if semantics.limit is None or len(text) <= semantics.limit:
        return text
    return text[: semantics.head] + semantics.marker + text[len(text) - semantics.tail :]


def harmless(text: str) -> str:
    """`text` as a model and a reader may see it, with lines that end in one way."""
    return safe(text.replace("\r\n", "\n"))
