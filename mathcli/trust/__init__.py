"""Trust: how often answers like this one were right, measured on problems with known answers."""

from mathcli.trust.estimate import POOLED, Estimator
from mathcli.trust.signs import Known, Solved, of_record, of_sample, of_transcript, signs
from mathcli.trust.store import Kept, estimator_for

__all__ = [
    "POOLED",
    "Estimator",
    "Kept",
    "Known",
    "Solved",
    "estimator_for",
    "of_record",
    "of_sample",
    "of_transcript",
    "signs",
]
