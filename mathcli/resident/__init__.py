"""One engine for many calls: a resident process keeps a model, and other calls use it.

The process (`host`) serves the sequences of `mathcli.engines.base` over a private socket; a call
uses them through `engine.ResidentEngine`, and everything above the engine stays in the calling
process. Programs may run in the resident process's started executor (`executor.ResidentExecutor`).
"""
