"""What a syntax of tool calls is: markers, a reader, and the frame of an output.

A family was trained to call tools in one way. Each way is a module of this package with a
constant `SYNTAX`; its name is the module's, with hyphens for underscores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ChannelKind = Literal["text", "thought", "call"]


@dataclass(frozen=True)
class Call:
    """What a model wrote between the markers of a call.

    Args:
        program: the Python to run.
        error: what the model is told where there is no program to run. Without a program and
            without an error it was no call but words.
        feedback: the frame of this call's output, where it is not the syntax's own.
    """

    program: str | None
    error: str | None = None
    feedback: str | None = None


@dataclass(frozen=True)
class Channels:
    """Messages whose header says what they are, as in OpenAI's harmony format.

    Args:
        begin: strings after which a header stands.
        end: the string that ends a header.
        kind: what the message of a header is.
    """

    begin: tuple[str, ...]
    end: str
    kind: Callable[[str], ChannelKind]


def always(body: str) -> bool:
    """A closing marker always closes."""
    return True


@dataclass(frozen=True)
class Syntax:
    """One way to call a tool.

    Args:
        open: strings that begin a call.
        close: the string that ends it; "" where only the end of the generation does.
        feedback: what follows a call, with `{output}` (or `{json}`, the output as a string of
            JSON) and `{begin}`, how a response begins.
        read: the call from what stands between the markers.
        write: a program's call, markers included, as the family writes it.
        complete: whether a closing marker after this body ends the call. It does not inside of a
            string.
        starts: strings that begin a call where they begin a line; they are part of it.
        closes: the closing string of each of `open` and `starts` whose own is not `close`.
        channels: set where messages have headers.
    """

    open: tuple[str, ...]
    close: str
    feedback: str
    read: Callable[[str], Call]
    write: Callable[[str], str]
    complete: Callable[[str], bool] = always
    starts: tuple[str, ...] = ()
    closes: tuple[tuple[str, str], ...] = ()
    channels: Channels | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end a generation so that the program can run."""
        return tuple(dict.fromkeys(one for one in (self.close, *dict(self.closes).values()) if one))
