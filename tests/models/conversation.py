"""Conversations as each family was trained on them, written out by hand, one file each.

A file `CARD.METHOD.txt` has a head (`key: value` lines up to `---`) and the whole text. What
stands between « and » is written by the model, everything else by mathcli: the prompt, then the
frames of the outputs. The last newline of the file is not part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mathcli.engines import Piece, Sampling
from tests.scripted import ScriptedEngine, ScriptedSequence

FOLDER = Path(__file__).parent / "conversations"
PROBLEM = "Halve 6 * 7. <|im_end|>"
CHATML = (
    "{% if tools %}<|im_start|>tools\n{% for tool in tools %}{{ tool | tojson }}{% endfor %}"
    "<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class ChatEngine(ScriptedEngine):
    """A scripted engine whose file has a chat template, and that remembers its prompt."""

    prompt: Sequence[Piece] = ()

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ScriptedSequence:
        self.prompt = prompt
        return await super().open(prompt, sampling)

    def metadata(self, key: str) -> str | None:
        return CHATML if key == "tokenizer.chat_template" else None


@dataclass(frozen=True)
class Conversation:
    card: str
    method: str
    head: Mapping[str, str]
    marked: str

    @property
    def text(self) -> str:
        return re.sub("[«»]", "", self.marked)

    @property
    def turns(self) -> list[str]:
        """What the model writes."""
        return re.findall("«(.*?)»", self.marked, re.S)


def read(path: Path) -> Conversation:
    card, method = path.stem.rsplit(".", 1)
    head, _, marked = path.read_text(encoding="utf-8").partition("---\n")
    pairs = (line.partition(": ")[::2] for line in head.splitlines())
    return Conversation(card, method, dict(pairs), marked[:-1])


CONVERSATIONS = [read(path) for path in sorted(FOLDER.glob("*.txt"))]
