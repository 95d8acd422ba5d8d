"""The pages of what comes after submission, gathered so that the blueprint has them all."""

from grants.bids.afterwards import clarification_views, letter_views, round_views
from grants.bids.starting import copy_views

__all__ = ["clarification_views", "copy_views", "letter_views", "round_views"]
