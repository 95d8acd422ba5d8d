"""What an appraiser says of himself or herself: profile, interests, and once a year that the interests are complete.

Interests are ended or taken back and never deleted; one in a council or partner of a bid closes that bid at once to
an appraiser who already has it, because it was declared and not guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from grants import audit
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.appraisers.conflicts import proposed
from grants.appraisal.appraisers.grounds import GroundKind
from grants.appraisal.appraisers.skills import SKILLS
from grants.appraisal.models import AppraiserProfile, Assignment, Interest, InterestKind, YearlyDeclaration
from grants.appraisal.queries import bids_judged_by_others
from grants.bids.models import Bid
from grants.councils.models import REGIONS, Council
from grants.councils.queries import name_book
from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person


@dataclass(frozen=True)
class Profile:
    """`skills` are codes of `SKILLS`, `most_bids` None for no limit; `version_seen` 0 where there was none yet."""

    skills: Sequence[str]
    regions: Sequence[str]
    most_bids: int | None
    version_seen: int = 0


@dataclass(frozen=True)
class Declared:
    """An interest as it is told: a council, or another body by name."""

    kind: InterestKind
    council: Council | None = None
    body: str = ""
    note: str = ""
    from_on: date | None = None
    until_on: date | None = None


def save_profile(person: Person, wanted: Profile, *, by: Person) -> AppraiserProfile:
    """Kept by the appraiser or for him or her by the programme; the later of two savers is told."""
    if unknown := {*wanted.skills} - {*SKILLS} | {*wanted.regions} - {*REGIONS}:
        raise Refused(f"We do not know {', '.join(sorted(unknown))}.")
    profile = db.session.get(AppraiserProfile, person.id, with_for_update=True, populate_existing=True)
    if (profile.version if profile else 0) != wanted.version_seen:
        raise Overtaken
    if profile is None:
        profile = AppraiserProfile(person_id=person.id)
        db.session.add(profile)
    profile.skills = Json({"skills": [code for code in SKILLS if code in wanted.skills]})
    profile.regions = Json({"regions": [region for region in REGIONS if region in wanted.regions]})
    profile.most_bids = wanted.most_bids
    audit.record(
        person, "saved_appraiser_profile", by=by,
        skills=list(wanted.skills), regions=list(wanted.regions), most_bids=wanted.most_bids,
    )  # fmt: skip
    return profile


def declare_interest(person: Person, told: Declared, *, by: Person, at: datetime) -> tuple[Interest, list[Bid]]:
    """The interest, and the bids that it closed at once. The same one told again is found and not made twice."""
    _refuse_unclear(told, clock.london(at).date())
    if known := _told_before(person, told):
        return known, []
    interest = Interest(
        person_id=person.id, kind=told.kind, council=told.council, body=told.body, note=told.note,
        from_on=told.from_on, until_on=told.until_on, declared_at=at,
    )  # fmt: skip
    db.session.add(interest)
    db.session.flush()
    audit.record(interest, "declared", by=by, person=person.key, kind=told.kind.value, body=_body(told))
    return interest, _close_own(person, interest, by=by, at=at)


def end_interest(interest: Interest, until_on: date, *, by: Person) -> None:
    """It goes on counting for some years. Refused for a day before it began."""
    _hold(interest)
    if interest.taken_back_at:
        raise Refused("This interest was taken back.")
    if interest.from_on and until_on < interest.from_on:
        raise Refused("The last day must not be before the first.", field="until_on")
    before, interest.until_on = interest.until_on, until_on
    audit.record(interest, "ended", by=by, until=until_on.isoformat(), before=before.isoformat() if before else None)


def take_back_interest(interest: Interest, *, reason: str, by: Person, at: datetime) -> None:
    """Entered by mistake, as somebody other than its owner agrees. What it closed stays closed."""
    _hold(interest)
    if interest.person_id == by.id:
        raise Refused("Ask a colleague to take back an interest of your own.")
    if not reason:
        raise Refused("Say why it is taken back.", field="reason")
    if interest.taken_back_at:
        raise Refused("This interest was taken back already.")
    interest.taken_back_at = at
    audit.record(interest, "taken_back", by=by, reason=reason)


def declare_year(person: Person, *, by: Person, at: datetime) -> YearlyDeclaration:
    """That the interests on record are complete, for the financial year of `at`; said once a year, by oneself."""
    if person.id != by.id:
        raise Refused("Only the appraiser can say so.")
    year = FinancialYear.of(clock.london(at).date())
    db.session.refresh(person, with_for_update=True)  # so that two clicks make one declaration
    mine = select(YearlyDeclaration).where(YearlyDeclaration.person_id == person.id, YearlyDeclaration.year == year)
    if known := db.session.scalar(mine):
        return known
    made = YearlyDeclaration(person_id=person.id, year=year, made_at=at)
    db.session.add(made)
    audit.record(person, "declared_interests_complete", by=by, year=str(year))
    return made


def _hold(interest: Interest) -> None:
    """Its own columns alone: PostgreSQL locks no row together with one that may be missing."""
    columns = ["from_on", "until_on", "taken_back_at", "version"]
    db.session.refresh(interest, columns, with_for_update=True)


def _refuse_unclear(told: Declared, day: date) -> None:
    if not told.council and not told.body:
        raise Refused("Enter a council or another body.", field="council")
    if told.council and told.body:
        raise Refused("Enter a council or another body, and not both.", field="body")
    if told.body and (meant := name_book().resolve(told.body, day)).settled and meant.gss_codes:
        name = name_book().official_name(meant.gss_codes[0], day)
        raise Refused(f"{name} is a council: enter it as one.", field="body")
    if told.from_on and told.until_on and told.until_on < told.from_on:
        raise Refused("The last day must not be before the first.", field="until_on")
    if told.kind is InterestKind.PAST_EMPLOYER and not (told.until_on and told.until_on <= day):
        raise Refused("Say when it ended; any day near it will do.", field="until_on")
    if told.kind is InterestKind.OTHER and not told.note:
        raise Refused("Say what it is.", field="note")


def _told_before(person: Person, told: Declared) -> Interest | None:
    return db.session.scalar(
        select(Interest)
        .where(Interest.person_id == person.id, Interest.kind == told.kind, Interest.taken_back_at.is_(None))
        .where(Interest.council_id == (told.council.id if told.council else None), Interest.body == told.body)
        .where(Interest.note == told.note, Interest.from_on == told.from_on, Interest.until_on == told.until_on)
        .limit(1)
    )


def _close_own(person: Person, interest: Interest, *, by: Person, at: datetime) -> list[Bid]:
    """The bids given to this person whose own council or partner it names.

    Whoever notes it for another closes no bid with which he or she has nothing to do; there a colleague settles it.
    """
    given = select(Assignment.bid_id).where(
        Assignment.person_id == person.id, Assignment.ended_at.is_(None), Assignment.conflicted.is_(False)
    )
    if person.id != by.id:
        others = bids_judged_by_others(by, clock.london(at).date())
        given = given.where(Assignment.bid_id.in_(others.with_only_columns(Bid.id).order_by(None)))
    ids = db.session.scalars(given).all()
    itself = tuple(f"{kind}-i{interest.id}-" for kind in (GroundKind.COUNCIL, GroundKind.BODY))
    grounds = {
        bid_id: ground.words
        for (_, bid_id), found in proposed([person.id], ids).items()
        for ground in found
        if ground.key.startswith(itself)
    }
    bids = db.session.scalars(select(Bid).where(Bid.id.in_(grounds)).order_by(Bid.id)).all()
    for bid in bids:  # in the order of their ids, as all who take several
        close_bid(bid, person, reason=grounds[bid.id], by=by, at=at)
    return list(bids)


def _body(told: Declared) -> str:
    return told.council.code if told.council else told.body
