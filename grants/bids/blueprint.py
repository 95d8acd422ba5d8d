"""The bids' blueprint, apart from its views so that each file of them can add its own."""

from flask import Blueprint

bp = Blueprint("bids", __name__)
