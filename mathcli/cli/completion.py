"""What a shell may offer: installed models, cards and their checkpoints, transcripts.

Shells ask for these through Typer's completion (`mathcli --install-completion`). A question that
cannot be answered is answered with nothing: a half-typed line is no place for errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps

from mathcli.input_files import expanded

Offer = tuple[str, str]
"""A word, and a few words about it (zsh and fish show them)."""

_MOST_IDS = 50


def _silent(offers: Callable[[str], Iterator[Offer]]) -> Callable[[str], list[Offer]]:
    @wraps(offers)
    def answer(incomplete: str) -> list[Offer]:
        try:
            found = list(offers(incomplete))
        except Exception:  # see the module's docstring
            return []
        return [offer for offer in found if offer[0].lower().startswith(incomplete.lower())]

    return answer


@_silent
def complete_model(incomplete: str) -> Iterator[Offer]:
    """Models on this machine, by the name to call them; files, where a path is begun."""
    from collections import Counter

    from mathcli.models.places import elsewhere
    from mathcli.models.store import records

    found = records()
    plain = Counter(record.alias or record.repository for record in found)
    for record in found:
        name = record.alias or record.repository
        # bash splits words at a colon, so a quant is only named where it has to be
        yield (name if plain[name] == 1 else record.name), record.quant
    pulled = {record.path for record in found}
    for record in elsewhere():
        if record.path not in pulled:
            yield record.name, f"in {record.place}"
    if "/" in incomplete or incomplete.startswith((".", "~")):
        yield from _model_files(incomplete)


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
    """Cards that can solve, by name."""
    from mathcli.models import cards

    for card in cards().values():
        if card.methods:
            yield card.name, card.title


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


def _model_files(begun: str) -> Iterator[Offer]:
    folder, _, name = begun.rpartition("/")
    shown = f"{folder}/" if "/" in begun else ""
    for path in sorted(expanded(shown or ".").iterdir()):
        if path.name.startswith("." if name.startswith(".") else name):
            if path.is_dir() and not path.name.startswith("."):
                yield f"{shown}{path.name}/", "folder"
            elif path.suffix == ".gguf":
                yield f"{shown}{path.name}", "file"
