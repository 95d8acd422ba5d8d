"""Changing what a round asks, on pages and by file, and the versions of a form that is open."""
