"""The outcomes room's blueprint; each module of views adds its routes to it."""

from flask import Blueprint

bp = Blueprint("outcomes", __name__)
