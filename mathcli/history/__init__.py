"""History: the transcripts of earlier solves, kept on this machine, and run again."""

from mathcli.history.store import Entry, History

__all__ = ["Entry", "History"]
