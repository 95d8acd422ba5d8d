"""The awards room's blueprint; each module of views adds its routes to it."""

from flask import Blueprint

bp = Blueprint("awards", __name__)
