"""`mathcli merge`: joins the results of `batch --shard` from several machines into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mathcli.cli import output
from mathcli.cli.completion import complete_file
from mathcli.counting import counted


def merge_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Results of batch --shard, all N files.",
            autocompletion=complete_file(".jsonl"),
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the whole batch to this file.")
    ] = None,
) -> None:
    """Join the files of a batch's shards: each problem once, in the order of the input.

    Nothing is written unless all problems are there and belong to one run.

    Exit code: 0 if the files were joined, 2 if they contradict each other, 6 if problems are
    missing.

    Examples:

        mathcli merge part-*.jsonl -o answers.jsonl

        mathcli merge part-*.jsonl | mathcli grade -
    """
    from mathcli.batches import Merge
    from mathcli.batches.journal import place_of_results
    from mathcli.output_files import writing

    place = None if out is None else place_of_results(out, files)
    merge = Merge(files)
    merge.check_complete()
    if place is None:
        for line in merge.records():
            if not output.write(line):
                return
        return
    place.target.parent.mkdir(parents=True, exist_ok=True)
    with writing(place) as draft:
        for line in merge.records():
            draft.write(line)
    problems, shards = counted(len(merge), "problem"), counted(merge.shards, "shard")
    output.note(f"mathcli: {problems} of {shards} {'is' if len(merge) == 1 else 'are'} in {out}")
