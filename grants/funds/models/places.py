"""Published scores of places, by council: the list that a looked-up criterion takes its marks from."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.councils.models import Council
from grants.kernel.db import Hundredths, Keyed, Model


class PlaceScoreList(Keyed, Model):
    """One version of a published list. Never changed once uploaded: a correction is the next version."""

    __table_args__ = (UniqueConstraint("name", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    edition: Mapped[str] = mapped_column(String(40))
    """As its publisher names the version."""
    source: Mapped[str] = mapped_column(default="")
    published_on: Mapped[date | None]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file it came from."""
    scores: Mapped[list["PlaceScore"]] = relationship(back_populates="list", order_by="PlaceScore.printed_name")


class PlaceScore(Model):
    """What the list says of one council: 0 to 100 points, kept in hundredths of a point."""

    __table_args__ = (
        UniqueConstraint("list_id", "council_id"),
        CheckConstraint("hundredths BETWEEN 0 AND 10000", name="points_0_to_100"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("place_score_list.id"))
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    printed_name: Mapped[str] = mapped_column(String(160))
    hundredths: Mapped[Hundredths]
    list: Mapped[PlaceScoreList] = relationship(back_populates="scores")
    council: Mapped[Council] = relationship()
