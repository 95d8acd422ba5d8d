"""A fund, the streams money comes from, and where a published figure is marked as coming from."""

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Model

if TYPE_CHECKING:
    from grants.funds.models.round import Round


class Stream(StrEnum):
    CAPITAL = "capital"
    REVENUE = "revenue"


class Mark(StrEnum):
    """Where a figure or rule comes from: published, our own default, or inferred. Only the first is official."""

    PUBLISHED = "P"
    DEFAULT = "D"
    INFERRED = "I"


class Fund(Model):
    """A pot of money with a purpose."""

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text, default="")
    legal_power: Mapped[str] = mapped_column(default="")
    funder: Mapped[str] = mapped_column(default="")
    stream: Mapped[Stream]
    rounds: Mapped[list["Round"]] = relationship(back_populates="fund", order_by="Round.id")

    def __str__(self) -> str:
        return self.name
