"""The command line: one file per command; each builds a result and passes it to `output`."""
