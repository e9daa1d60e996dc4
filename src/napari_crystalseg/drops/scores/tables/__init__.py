"""Tables of scores in the form of CHiMP's paper, as text, Markdown and CSV."""

from .agreement import agreement_table
from .classes import class_table, confusion_table, f1_table
from .detections import precision_table
from .table import Table
from .targets import target_table

__all__ = ["Table", "agreement_table", "class_table", "confusion_table", "f1_table", "precision_table", "target_table"]
