"""The day on which all tests take place."""

from datetime import UTC, date, datetime

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
