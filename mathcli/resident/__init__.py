"""One engine for many calls: a process that keeps a model, and what other calls ask of it.

The process (`host`) offers the sequence of `mathcli.engines.base` over a private socket; a call
uses it as `engine.ResidentEngine`, so that all that is above an engine stays in the calling
process. Programs may run in the process's warm executor (`executor.ResidentExecutor`).
"""
