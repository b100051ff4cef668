"""Shell completions: models, cards and their checkpoints, transcripts, files by their suffix.

Shells get these through Typer's completion (`mathcli --install-completion`). An error gives no
completions rather than a message, which would disturb a half-typed line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING

from mathcli.input_files import expanded

if TYPE_CHECKING:
    from mathcli.models.store import InstalledModel

Offer = tuple[str, str]
"""A completion, and its description (shown by zsh and fish)."""

SHEETS = (".csv", ".tsv", ".xlsx", ".ods")
_MOST_IDS = 50


def _silent(offers: Callable[[str], Iterator[Offer]]) -> Callable[[str], list[Offer]]:
    @wraps(offers)
    def answer(incomplete: str) -> list[Offer]:
        try:
            found = list(offers(incomplete))
        except Exception:  # no message: see the module's docstring
            return []
        return [offer for offer in found if offer[0].lower().startswith(incomplete.lower())]

    return answer


@_silent
def complete_pulled(incomplete: str) -> Iterator[Offer]:
    """Models that mathcli has pulled, by name: those that can be removed."""
    from mathcli.models.store import records

    yield from _named(records())


def _named(models: Sequence[InstalledModel]) -> Iterator[Offer]:
    from collections import Counter

    plain = Counter(record.alias or record.repository for record in models)
    for record in models:
        name = record.alias or record.repository
        # bash splits words at a colon, so a quant is added only if it is necessary
        yield (name if plain[name] == 1 else record.name), record.quant


@_silent
def complete_model(incomplete: str) -> Iterator[Offer]:
    """Models on this machine by name; files, if the word begins a path."""
    from mathcli.models.places import elsewhere
    from mathcli.models.store import records

    models = records()
    yield from _named(models)
    pulled = {record.path for record in models}
    for record in elsewhere():
        if record.path not in pulled:
            yield record.name, f"in {record.place}"
    yield "nano", "comes with mathcli"
    if "/" in incomplete or incomplete.startswith((".", "~")):
        yield from _files(incomplete, (".gguf",))


@_silent
def complete_shown(incomplete: str) -> Iterator[Offer]:
    """Everything that `models show` accepts: models on this machine, cards, checkpoints."""
    yield from complete_model(incomplete)
    yield from complete_card(incomplete)
    yield from complete_checkpoint(incomplete)


@_silent
def complete_checkpoint(incomplete: str) -> Iterator[Offer]:
    """Checkpoints that can be pulled: the aliases of all cards."""
    from mathcli.models import cards

    for card in cards().values():
        for alias, checkpoint in card.checkpoints.items():
            if checkpoint.gguf:
                yield alias, card.title


@_silent
def complete_card(incomplete: str) -> Iterator[Offer]:
    """Cards that can solve, by name, and card files."""
    from mathcli.models import cards

    for card in cards().values():
        if card.methods:
            yield card.name, card.title
    if "/" in incomplete or incomplete.startswith((".", "~")):
        yield from _files(incomplete, (".toml",))


@_silent
def complete_transcript(incomplete: str) -> Iterator[Offer]:
    """Transcripts of the history: `last`, and ids with their problems."""
    from mathcli.history import History
    from mathcli.text_safety import one_line

    entries = History().entries()
    if entries:
        yield "last", "the latest one"
    for entry in entries[:_MOST_IDS]:
        problem = (entry.read() or {}).get("problem", "")
        yield entry.id[:8], one_line(str(problem)[:200])[:50]


@_silent
def complete_recorded(incomplete: str) -> Iterator[Offer]:
    """Transcripts, from the history or in files."""
    yield from complete_transcript(incomplete)
    if incomplete:
        yield from _files(incomplete, (".json", ".jsonl"))


def complete_file(*suffixes: str) -> Callable[[str], list[Offer]]:
    """Files with the suffixes that a command reads, and folders that may contain them.

    >>> complete_file(".jsonl", ".csv")("no/such/folder/")
    []
    """

    @_silent
    def offers(incomplete: str) -> Iterator[Offer]:
        yield from _files(incomplete, suffixes)

    return offers


def _files(begun: str, suffixes: tuple[str, ...]) -> Iterator[Offer]:
    found = list(_listed(begun, suffixes))
    while len(found) == 1 and found[0][0].endswith("/"):  # the shell would end the word at a space
        inner = list(_listed(found[0][0], suffixes))
        if not inner:
            break
        found = inner
    yield from found


def _listed(begun: str, suffixes: tuple[str, ...]) -> Iterator[Offer]:
    folder, _, name = begun.rpartition("/")
    shown = f"{folder}/" if "/" in begun else ""
    for path in sorted(expanded(shown or ".").iterdir()):
        if path.name.startswith("." if name.startswith(".") else name):
            if path.is_dir() and not path.name.startswith("."):
                yield f"{shown}{path.name}/", "folder"
            elif path.name.lower().endswith(suffixes):
                yield f"{shown}{path.name}", "file"
