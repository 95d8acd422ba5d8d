"""The room's blueprint; the modules whose names end in `_views` hang their pages on it."""

from flask import Blueprint

bp = Blueprint("appraisal", __name__)
