"""The parts of a syntax of tool calls: markers, a parser, and the frame of an output.

Each family was trained to call tools in one syntax. Each syntax is a module of this package with a
constant `SYNTAX`; its name is the module's, with hyphens for underscores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ChannelKind = Literal["text", "thought", "call"]


@dataclass(frozen=True)
class ParsedCall:
    """The parsed text between the markers of a call.

    Args:
        program: the Python to run.
        error: sent back to the model if there is no program to run. With neither a program nor an
            error, the text was not a call but words.
        feedback: the frame of this call's output, if not the syntax's own.
    """

    program: str | None
    error: str | None = None
    feedback: str | None = None


@dataclass(frozen=True)
class Channels:
    """Messages with a header that gives their kind, as in OpenAI's harmony format.

    Args:
        begin: strings that a header follows.
        end: the string that ends a header.
        kind: returns the kind of message that a header announces.
    """

    begin: tuple[str, ...]
    end: str
    kind: Callable[[str], ChannelKind]


def always(body: str) -> bool:
    """Treat every closing marker as the end of the call."""
    return True


@dataclass(frozen=True)
class Syntax:
    """One syntax of tool calls.

    Args:
        open: strings that begin a call.
        close: the string that ends it; "" if only the end of the generation ends it.
        feedback: the text after a call, with the placeholders `{output}` (or `{json}`, the output
            as a JSON string) and `{begin}`, the beginning of a response.
        read: parses the text between the markers.
        write: returns the call of a program, markers included, as the family writes it.
        complete: returns whether a closing marker after this body ends the call; inside a string
            it does not.
        starts: strings that begin a call at the beginning of a line; they are part of its body.
        closes: the closing string of each of `open` and `starts` that has one other than `close`.
        channels: set if messages have headers.
    """

    open: tuple[str, ...]
    close: str
    feedback: str
    read: Callable[[str], ParsedCall]
    write: Callable[[str], str]
    complete: Callable[[str], bool] = always
    starts: tuple[str, ...] = ()
    closes: tuple[tuple[str, str], ...] = ()
    channels: Channels | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end a generation so that the program can run."""
        return tuple(dict.fromkeys(one for one in (self.close, *dict(self.closes).values()) if one))
