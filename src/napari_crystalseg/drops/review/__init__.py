"""What a person made of a micrograph, beside what was found by itself, kept in files that are never replaced."""

from .drop_review import AutomaticFindings, DropReview
from .drop_reviews import DropReviews

__all__ = ["AutomaticFindings", "DropReview", "DropReviews"]
