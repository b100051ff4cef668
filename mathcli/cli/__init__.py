"""The command line: one file per command; each builds a result and hands it to `output`."""
