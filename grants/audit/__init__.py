"""Who did what to which row, when and why. Rooms call `record` from their operations."""

from grants.audit.operations import Actor, record

__all__ = ["Actor", "record"]
