"""The room's blueprint; the modules whose names end in `_views` hang their pages on it."""

from flask import Blueprint

from grants.appraisal.arithmetic import shown

bp = Blueprint("appraisal", __name__)
bp.add_app_template_filter(shown, "points")
