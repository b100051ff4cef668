"""Calibration: when code beats words, learned for one checkpoint on this machine.

The expectation step of AutoCode4Math (Wang et al. 2025) for any checkpoint: its rollouts with each
method show which suits a problem, a small classifier learns to predict that from the problem's
text, and the classifier is stored with the model's digest.
"""

from mathcli.calibration.learning import FEWEST, RELIABLE, Classifier, learn
from mathcli.calibration.reference import Judged, JudgedRollout, reference_strategy
from mathcli.calibration.report import CalibrationReport, Row, report
from mathcli.calibration.rollouts import Explored, Explorer, methods_of
from mathcli.calibration.store import Learned, load, path_of, save

__all__ = [
    "FEWEST",
    "RELIABLE",
    "CalibrationReport",
    "Classifier",
    "Explored",
    "Explorer",
    "Judged",
    "JudgedRollout",
    "Learned",
    "Row",
    "learn",
    "load",
    "methods_of",
    "path_of",
    "reference_strategy",
    "report",
    "save",
]
