"""`mathcli models`: lists, downloads, checks and removes models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mathcli.cli import output
from mathcli.cli.completion import (
    complete_checkpoint,
    complete_model,
    complete_pulled,
    complete_shown,
)
from mathcli.cli.help_pages import Group
from mathcli.cli.recommend import recommend_command
from mathcli.errors import Exit, ModelError

if TYPE_CHECKING:
    from mathcli.models import Card
    from mathcli.models.pull import Pulled
    from mathcli.models.store import InstalledModel

models_app = Group(
    name="models",
    help="Models: list (also without a command), recommend, pull, show, rm, verify, path.",
    invoke_without_command=True,
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A known model, OWNER/REPO, either with :QUANT, OWNER/REPO/FILE.gguf, hf.co/…, "
        "NAME:TAG of Ollama's, modelscope://OWNER/REPO, or the address of a .gguf file.",
        autocompletion=complete_checkpoint,
    ),
]
Here = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A model on this machine, by any name that pull accepts.",
        autocompletion=complete_model,
    ),
]
Removable = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A model on this machine, by any name that pull accepts.",
        autocompletion=complete_pulled,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a record.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Make no connection (like HF_HUB_OFFLINE=1).")
]


@dataclass(frozen=True)
class Done:
    """The result of a command, as a text and as data."""

    words: str
    data: Mapping[str, Any]
    exit_code: Exit = Exit.OK

    def text(self) -> str:
        """The text."""
        return self.words

    def record(self) -> Mapping[str, Any]:
        """The data, with the schema version."""
        return {"schema": output.SCHEMA, **self.data}


@models_app.callback()
def _models(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_command()


@models_app.command("list")
def list_command(
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Also those without a known GGUF repository.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the models on this machine, and those that can be pulled.

    Examples:

        mathcli models list

        mathcli models list --json
    """
    from mathcli.cli.model_list import table

    output.emit(table(everything), as_json=as_json)


models_app.command("recommend")(recommend_command)


@models_app.command("pull")
def pull_command(
    name: Name,
    revision: Annotated[
        str | None,
        typer.Option(help="A branch, tag or commit. (default: the local one, or the newest)"),
    ] = None,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Download a model, or resume an interrupted download.

    Examples:

        mathcli models pull qwen2.5-math-1.5b

        mathcli models pull bartowski/Qwen2.5-Math-7B-Instruct-GGUF:Q5_K_M

        mathcli models pull https://huggingface.co/Qwen/Qwen3-8B-GGUF

        mathcli models pull ollama://qwen3:4b
    """
    from mathcli.cli.download_progress import download_progress
    from mathcli.models.hub import Hub
    from mathcli.models.pull import pull

    with download_progress() as progress:
        hub = Hub(offline=offline, say=progress.say)
        pulled = pull(name, hub, progress, revision=revision)
    output.emit(_pulled(pulled), as_json=as_json)


@models_app.command("show")
def show_command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A local or known model, a file, or a family (see the list).",
            autocompletion=complete_shown,
        ),
    ],
    prompt: Annotated[
        str | None,
        typer.Option(metavar="PROBLEM", help="Show the prompt of this problem, token by token."),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="tir, pal or cot. (default: the model's first)")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a model's prompts and settings, and what is known about it.

    Examples:

        mathcli models show qwen2.5-math-1.5b

        mathcli models show nano --prompt "Solve x^2 = 2"
    """
    from msgspec import to_builtins

    from mathcli.cli.prompt_preview import card_for, sent
    from mathcli.models import places

    card, path = card_for(name)
    if prompt is not None:
        output.emit(sent(card, path, prompt, method), as_json=as_json)
    record = places.record_of(path) if path else None
    facts = {
        "card": to_builtins(card),
        "path": path and str(path),
        "model": record and asdict(record),
    }
    output.emit(Done(_file_text(path, record) + _card_text(card), facts), as_json=as_json)


@models_app.command("rm")
def rm_command(name: Removable, as_json: AsJson = False) -> None:
    """Delete a model, or an unfinished download.

    Examples:

        mathcli models rm qwen2.5-math-1.5b
    """
    from mathcli.models import store
    from mathcli.models.pull import unfinished
    from mathcli.models.quants import size_text

    parts = unfinished(name)
    if parts:
        freed = store.give_up(parts)
        words = f"deleted the unfinished {parts[0].repository}, {size_text(freed)} freed"
        output.emit(Done(words, {"removed": name, "freed": freed}), as_json=as_json)
    record = _one(name)
    if record.cached and record not in store.records():
        raise ModelError(
            f"{record.name} belongs to {record.place}: mathcli uses it and does not delete it",
            f"remove it there{f': ollama rm {record.name}' if record.place == 'Ollama' else ''}",
        )
    freed = store.remove(record)
    kept = f" (its files stay: {record.place} has them)" if record.cached else ""
    words = f"removed {record.name}, {size_text(freed)} freed{kept}"
    output.emit(Done(words, {"removed": record.name, "freed": freed}), as_json=as_json)


@models_app.command("verify")
def verify_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="One model.", autocompletion=complete_model),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the digests of one model, or all, with the published ones. Exit 4 if one differs.

    Examples:

        mathcli models verify

        mathcli models verify qwen2.5-math-1.5b
    """
    from mathcli.models import store

    records = [_one(name)] if name else store.records()
    wrong = {record.name: store.verify(record) for record in records}
    lines = []
    for record in records:
        trouble = wrong[record.name]
        known = all(file.sha256 for file in record.files)
        lines.append(f"{record.name}: {_verdict(trouble, known)}")
        if trouble:
            lines.append(f"  mathcli models rm {record.name} && mathcli models pull {record.name}")
    failed = any(wrong.values())
    words = "\n".join(lines) or "no model was pulled yet"
    output.emit(Done(words, {"wrong": wrong}, Exit.MODEL if failed else Exit.OK), as_json=as_json)


@models_app.command("path")
def path_command(name: Here, as_json: AsJson = False) -> None:
    """Print where a model's file is.

    Examples:

        ls -l "$(mathcli models path nano)"
    """
    from mathcli.models import find_model

    path = find_model(name)
    output.emit(Done(str(path), {"path": str(path)}), as_json=as_json)


def _one(name: str) -> InstalledModel:
    from mathcli.models import places

    if name in ("nano", "embedded"):
        raise ModelError("nano comes with mathcli", "name a model that was pulled")
    return places.installed(name)


def _pulled(pulled: Pulled) -> Done:
    from mathcli.models.quants import size_text

    record = pulled.record
    how = f"{size_text(pulled.downloaded)} downloaded, checked"
    if not all(file.sha256 for file in record.files):
        how = f"{size_text(pulled.downloaded)} downloaded; not checked: no digest is published"
    if pulled.reused is not None:
        found = f"found in {record.place or 'the store'}, used where it lies"
        how = "already here" if pulled.reused == "store" else found
    why = f" ({pulled.reason})" if pulled.reason else ""
    words = f"{record.name}: {how}{why}\n{record.path}"
    data = {
        "name": record.name,
        "path": str(record.path),
        "quant": record.quant,
        "reason": pulled.reason,
        "repository": record.repository,
        "revision": record.revision,
        "size": record.size,
        "downloaded": pulled.downloaded,
        "reused": pulled.reused,
        "card": record.card,
    }
    return Done(words, data)


def _verdict(trouble: Sequence[str], known: bool) -> str:
    if trouble:
        return "; ".join(trouble)
    return "the published file" if known else "whole, but the hub publishes no digest"


def _file_text(path: Path | None, record: InstalledModel | None) -> str:
    """A model's path and origin, as lines above its card."""
    lines = [str(path)] if path else []
    if record is not None:
        at = f" at {record.revision}" if record.revision else ""
        lines.append(f"  {'from:':12} {record.repository}{at}")
        if record.place:
            lines.append(f"  {'in:':12} {record.place}, used where it lies")
        lines += [f"  {'sha256:':12} {file.sha256 or 'not published'}" for file in record.files]
    return "\n".join([*lines, "", ""]) if lines else ""


_VERIFIED = {
    "checkpoint": "published weights were run with it",
    "template": "compared with the published chat template, byte for byte",
    "text": "read in documents",
}


def _card_text(card: Card) -> str:
    """The content of a card, as lines; the texts of prompts unchanged."""
    facts = {
        "licence": card.licence,
        "verified": _VERIFIED[card.verified],
        "context": f"{card.context} tokens" if card.context else None,
        "languages": ", ".join(card.languages),
        "good at": card.good_at,
        "rounds": str(card.rounds) if not card.reward else None,
        "tokens": f"{card.max_tokens} a generation" if not card.reward else None,
        "thinking": _thinking_text(card),
        "calls": card.code.syntax if "tir" in card.methods else None,
        "answer": card.answer if not card.reward else None,
        "stops": ", ".join(map(repr, card.stops)),
        "execution": ", ".join(f"{key} = {value!r}" for key, value in card.execution.given.items()),
        "read in": ", ".join(card.sources),
        "unverified": "; ".join(card.unverified),
        "note": " ".join(card.note.split()),
    }
    from mathcli.models.recommending import scores_text

    lines = [f"{card.title} ({card.name})"]
    lines += [f"  {key + ':':12} {value}" for key, value in facts.items() if value]
    for name, method in card.methods.items():
        asked = method.prompt or (method.chat.user if method.chat else "")
        place = "" if method.prompt else " (the user's turn in the file's chat template)"
        lines += ["", f"{name}{place}:", asked]
    if card.reward:
        lines += ["", "each step:", card.reward.first]
    elif "tir" in card.methods:
        from mathcli.solving.calls import completed

        lines += ["", "after a program:", completed(card.code).feedback]
    for alias, checkpoint in card.checkpoints.items():
        places = ", ".join(checkpoint.gguf) or "no GGUF repository is known"
        lines += ["", f"{alias} ({checkpoint.parameters or '?'}): {places}"]
        if checkpoint.published:
            scores = scores_text(checkpoint.published, checkpoint.published_by)
            lines.append(f"  published: {scores}")
    return "\n".join(lines)


def _thinking_text(card: Card) -> str | None:
    """A card's thinking: whether it can be switched, and its token limit."""
    thinking = card.thinking
    if thinking is None:
        return None
    switched = {"on": "on, unless switched off", "off": "off, unless switched on"}
    words = [switched.get(thinking.default, "always")]
    words += [f"at most {thinking.budget} tokens"] if thinking.budget is not None else []
    words += [f"efforts: {', '.join(thinking.efforts)}"] if thinking.efforts else []
    return "; ".join(words)
