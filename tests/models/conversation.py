"""Conversations with each family, written out, one file each, so that no prompt changes unseen.

They follow what was read of the family. Those of published chat templates are compared with these
in `test_published_templates`.

A file `CARD.METHOD.txt` has a head (`key: value` lines up to `---`) and the whole text. What
stands between « and » is written by the model, everything else by mathcli: the prompt, then the
frames of the outputs. The last newline of the file is not part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mathcli.engines import Completion, Piece, Sampling
from tests.scripted import ScriptedEngine, ScriptedSequence

FOLDER = Path(__file__).parent / "conversations"
PROBLEM = "Halve 6 * 7. <|im_end|>"
CHATML = (
    "{% if tools %}<|im_start|>tools\n{% for tool in tools %}{{ tool | tojson }}{% endfor %}"
    "<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class ContinuedSequence(ScriptedSequence):
    """Goes on with a text of the script where a stop string has ended a stretch of it."""

    async def generate(self, **settings: Any) -> Completion:
        whole = self._script[0] if self._script else ""
        completion = await super().generate(**settings)
        rest = whole[len(completion.text) :]
        if completion.finish == "stop" and rest:
            self._script.insert(0, rest)
        return completion


class ChatEngine(ScriptedEngine):
    """A scripted engine whose file has a chat template, and that remembers its prompt."""

    prompt: Sequence[Piece] = ()

    async def open(self, prompt: Sequence[Piece], sampling: Sampling) -> ScriptedSequence:
        self.prompt = prompt
        text = "".join(piece.text for piece in prompt)
        self.opened.append(ContinuedSequence(self.script, text, self.sure))
        return self.opened[-1]

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
