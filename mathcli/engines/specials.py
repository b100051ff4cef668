"""Finds special tokens spelled in plain text, where they must stay characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mathcli.engines.base import Piece


def parts(pieces: Sequence[Piece], names: Iterable[str]) -> list[Piece]:
    """The same text in parts, such that special tokens may be parsed in all parts that are markup.

    Pieces are joined into one part, as the tokenizer saw text in training; only where plain text,
    alone or with its neighbour, spells one of `names`, a separate part is cut out.

    >>> found = parts([Piece("<a>", markup=True), Piece("x <a> y")], ["<a>"])
    >>> [(part.text, part.markup) for part in found]
    [('<a>x ', True), ('<a>', False), (' y', True)]
    """
    text = "".join(piece.text for piece in pieces)
    found: list[Piece] = []
    at = 0
    for begin, end in _spelled_out(pieces, text, names):
        found.append(Piece(text[at:begin], markup=True))
        found.append(Piece(text[begin:end]))
        at = end
    found.append(Piece(text[at:], markup=True))
    return [piece for piece in found if piece.text]


def _spelled_out(pieces: Sequence[Piece], text: str, names: Iterable[str]) -> list[tuple[int, int]]:
    plain = []
    at = 0
    for piece in pieces:
        if not piece.markup and piece.text:
            plain.append((at, at + len(piece.text)))
        at += len(piece.text)
    spans: list[tuple[int, int]] = []
    for name in names if plain else ():
        begin = text.find(name)
        while begin >= 0:
            end = begin + len(name)
            if any(begin < stop and first < end for first, stop in plain):
                spans.append((begin, end))
            begin = text.find(name, begin + 1)
    spans.sort()
    return _merged(spans)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
