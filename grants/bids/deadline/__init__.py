"""The time that is left, reminders, and what comes too late."""
