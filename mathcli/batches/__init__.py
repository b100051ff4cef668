"""Batches: problems solved together, with results saved as they finish; runs can be resumed."""

from mathcli.batches.journal import UNCALIBRATED, Journal, RunSettings
from mathcli.batches.merging import Merge
from mathcli.batches.problem_files import BadLine, Problem, read_problem_file, read_problems
from mathcli.batches.runner import BatchRunner, Outcome
from mathcli.batches.shards import Shard

__all__ = [
    "UNCALIBRATED",
    "BadLine",
    "BatchRunner",
    "Journal",
    "Merge",
    "Outcome",
    "Problem",
    "RunSettings",
    "Shard",
    "read_problem_file",
    "read_problems",
]
