"""Command-line words that begin with a minus but are not options: `-5`, `-\\tan x`, `-3m+2`."""

from __future__ import annotations

import re
from typing import Any

from mathcli.cli.help_pages import BriefCommand

_LAST = "last"
_ID = re.compile(r"last|[0-9a-f]{4,32}")  # the id of a transcript, or its beginning
_MAY_NAME_ONE = "--continue"


class MathCommand(BriefCommand):
    """A command whose arguments are mathematics: only its own options are parsed as options.

    An unknown word with two dashes is still refused as a mistyped option. The word after
    `--continue` is its value only if it looks like an id and more words follow.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options, arguments = self._told_apart(list(args))
        if arguments is None:
            return super().parse_args(ctx, options)  # which refuses an option without its value
        return super().parse_args(ctx, [*options, "--", *arguments])

    def _told_apart(self, args: list[str]) -> tuple[list[str], list[str] | None]:
        """Options with their values, and arguments, each in order; no arguments where the last
        option lacks its value."""
        known: dict[str, Any] = {}
        for param in self.params:
            if param.param_type_name == "option":
                known |= dict.fromkeys((*param.opts, *param.secondary_opts), param)
        known |= dict.fromkeys(("-h", "--help"), None)
        options: list[str] = []
        arguments: list[str] = []
        while args:
            word = args.pop(0)
            name = word.split("=", 1)[0]
            if word == "--":
                return options, arguments + args
            if word in known:
                options.append(word)
                if word == _MAY_NAME_ONE and not _begins_with_id(args):
                    options.append(_LAST)
                elif known[word] is not None and not known[word].is_flag:
                    if not args or args[0] == "--":
                        return options, None
                    options.append(args.pop(0))
            elif word.startswith("--") and (name in known or name[2:3].isalpha()):
                options.append(word)
            else:
                arguments.append(word)
        return options, arguments


def _begins_with_id(args: list[str]) -> bool:
    """Is the first of several words an id? One before a quoted problem is, also if mistyped."""
    if len(args) < 2:
        return False
    mistyped = args[0].isalnum() and not args[0].isdigit() and " " in args[1]
    return _ID.fullmatch(args[0]) is not None or (mistyped and len(args) == 2)
