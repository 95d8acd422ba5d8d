"""What waits for those who offer awards and those who answer."""

from datetime import date

from flask import url_for

from grants.awards.models import AwardStatus
from grants.awards.queries import to_accept, to_offer
from grants.kernel.db import db
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission, Role


@on_desk(Permission.AWARD_OFFER)
def offers_to_make(person: Person, day: date) -> list[Waiting]:
    """One line for each round with awards that nobody has offered yet."""
    waiting: dict[tuple[str, str], int] = {}
    for award in db.session.scalars(to_offer(person, day)):
        place = (award.round.code, award.round.name)
        waiting[place] = waiting.get(place, 0) + 1
    return [
        Waiting(f"Offers to make in {name}", url_for("awards.index", round=code, status=AwardStatus.PROPOSED), count)
        for (code, name), count in waiting.items()
    ]


@on_desk(Permission.AWARD_ACCEPT)
def offers_to_answer(person: Person, day: date) -> list[Waiting]:
    """One line for each offer to a council whose Section 151 officer this is."""
    mine = person.councils_on(day, Role.SECTION_151_OFFICER)
    return [
        Waiting(f"Answer the offer {award.reference}: {award.title}", url_for("awards.show", key=award.key))
        for award in db.session.scalars(to_accept(mine))
    ]
