"""Sending feedback: after the announcement, exactly as it was previewed, once; a whole round as a job."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from grants import audit
from grants.appraisal import queries as appraisal
from grants.appraisal.feedback import queries
from grants.appraisal.feedback.composing import compose, digest_of, in_order, title_of
from grants.appraisal.feedback.guarding import Names, guard_of, guards_of, names_of
from grants.appraisal.feedback.writing import refuse_leaks, too_much
from grants.appraisal.guards import hold_bid, refuse_outsider
from grants.appraisal.models import Feedback, FeedbackSent
from grants.bids.afterwards.sides import to_judge
from grants.bids.models import Bid
from grants.bids.people.people_on import people_on
from grants.funds.models import Round, RoundStatus
from grants.kernel import clock, jobs
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.access import absolute
from grants.people.models import Person
from grants.people.queries import people_found
from grants.people.roles import Permission, Role

_TELLS = "it tells what its council may not know"
_TAKEN_BACK = "what was approved when the outcomes were announced is not approved any more"
MOST_LISTED = 30
"""Bids named in an e-mail; the page that it leads to has them all."""


@dataclass(frozen=True)
class Letter:
    """What the council would get now, letter for letter, and what still hinders it from being sent."""

    words: str
    lacking: list[str]

    @property
    def digest(self) -> str:
        return digest_of(self.words)


def letter_of(bid: Bid) -> Letter:
    """Of the approved texts alone. Every criterion that was scored needs one; a bid that never was, any."""
    rows = {place: row for place, row in queries.feedback_on(bid).items() if row.text}
    criteria = queries.criteria_to_feed_back(appraisal.criteria_of(bid.round_id)) if queries.was_scored(bid) else []
    lacking = [f"{criterion.name}: not written" for criterion in criteria if criterion.id not in rows]
    lacking += [f"{title_of(row)}: not approved" for row in in_order(rows.values()) if row.approved_at is None]
    if not rows and not lacking:
        lacking = ["nothing is written"]
    return Letter(compose(bid, [row for row in rows.values() if row.approved_at]), lacking)


def send(
    bid: Bid,
    *,
    by: Person,
    at: datetime,
    digest_seen: str | None = None,
    names: Names | None = None,
    with_outcomes: bool = False,
) -> FeedbackSent:
    """Give the council of this bid its feedback: kept for good, on the bid's page, and told to its people by e-mail.

    Refused before the announcement, while a text is lacking or not approved, or tells too much. `digest_seen` is that
    of the preview: what is sent is what was read. `with_outcomes`: it leaves with the letters of an announcement,
    whoever makes that. Sent again, nothing happens.
    """
    hold_bid(bid)
    if not with_outcomes:
        refuse_outsider(bid, by, at)
    if sent := queries.sent_on(bid):
        return sent
    _check_announced(bid)
    letter = letter_of(bid)
    if letter.lacking:
        raise Refused(f"Not ready to be sent: {'; '.join(letter.lacking)}.")
    if digest_seen is not None and digest_seen != letter.digest:
        raise Overtaken("The feedback has been changed since you read it. Read it again before you send it.")
    guard = guard_of(bid, names)
    for row in queries.feedback_on(bid).values():
        refuse_leaks(row, guard)
    sent = FeedbackSent(bid=bid, text=letter.words, digest=letter.digest, sent_at=at, sent_by_id=by.id)
    db.session.add(sent)
    db.session.flush()
    subject = f"{bid.round.name}: feedback on your bid {bid.reference}"
    for person in people_on(bid, clock.london(at).date()):
        tell(
            person.email, subject, sent.text, at=at, person_id=person.id, once=f"feedback-{bid.key}-{person.key}",
            enclosure=Json({"kind": "feedback", "of": bid.key}),
        )  # fmt: skip
    audit.record(sent, "sent_feedback", by=by, bid=bid.key, sha256=sent.digest)
    return sent


def _check_announced(bid: Bid) -> None:
    status = db.session.scalar(select(Round.status).where(Round.id == bid.round_id))
    if status is not RoundStatus.ANNOUNCED or bid.status not in appraisal.DECIDED:
        raise Refused("Feedback goes out with the outcomes: not before the round is announced.")


def ask_to_send(round: Round, *, by: Person, everyone: bool = False, promised: Sequence[int] = ()) -> jobs.Job:
    """A job that sends what is approved. `everyone`: it goes with the outcomes, so no bid is left out because of an
    interest of who announces, who learns nothing by it. `promised` are ids of bids whose feedback was approved then."""
    title = f"Feedback on the bids to {round.name}"[:200]
    said = {"round_id": round.id, "everyone": everyone, "promised": list(promised)}
    return jobs.ask("send_feedback", title, by_id=by.id, **said)


def send_with_outcomes(round: Round, *, by: Person) -> None:
    """Letters and feedback together: once the announcement is committed, what is approved goes out by itself."""
    approved = select(Feedback.id).join(Feedback.bid).where(Bid.round_id == round.id, Feedback.approved_at.is_not(None))
    if db.session.scalar(approved.limit(1)):
        ask_to_send(round, by=by, everyone=True, promised=[bid.id for bid in _ready(round, by, everyone=True)])


@jobs.handles("send_feedback")
def _send_all(job: jobs.Job, progress: jobs.Progress) -> str:
    """What is refused stays as it is. The list of the round says why; who asked is led there, and after an
    announcement, which nobody waits for, the programme's managers are told."""
    round_ = db.session.get_one(Round, job.arguments["round_id"])
    by = db.session.get_one(Person, job.asked_by_id)
    at, names = clock.now(), names_of(round_.id)
    if not job.arguments["everyone"] and not by.may_on(clock.london(at).date(), Permission.FEEDBACK_APPROVE):
        raise Refused("You may no longer send feedback, so nothing was sent.")
    everyone, held = bool(job.arguments["everyone"]), list[Bid]()
    bids = _ready(round_, by, everyone=everyone)
    for done, bid in enumerate(bids, start=1):
        try:
            send(bid, by=by, at=at, names=names, with_outcomes=everyone)
        except Refused:
            held.append(bid)
        if done % 20 == 0:
            progress(done, len(bids))
    page = f"/appraisal/{round_.code}/feedback"
    if everyone:
        _tell_managers(round_, held, _TELLS, at=at, page=f"{page}?show=send")
        gone = set(job.arguments.get("promised", ())) - {bid.id for bid in bids}
        _tell_managers(round_, _not_got(gone), _TAKEN_BACK, at=at, page=f"{page}?show=approve")
    return f"{page}?show=send" if _among_those_of(by, held, at) else page


def _among_those_of(person: Person, held: Sequence[Bid], at: datetime) -> bool:
    """Whether one of these bids is open to this person: nothing is said of the others, not even that there is one."""
    theirs = appraisal.bids_judged_by_others(person, clock.london(at).date()).with_only_columns(Bid.id)
    return db.session.scalar(theirs.where(Bid.id.in_([bid.id for bid in held])).limit(1)) is not None


def _not_got(bid_ids: Collection[int]) -> Sequence[Bid]:
    """Those of these bids that have no feedback yet."""
    sent = exists().where(FeedbackSent.bid_id == Bid.id)
    return db.session.scalars(select(Bid).where(Bid.id.in_(bid_ids), ~sent)).all() if bid_ids else []


def _tell_managers(round: Round, held: Sequence[Bid], why: str, *, at: datetime, page: str) -> None:
    """Each of those letters that were not sent whose bids are open to him or her."""
    day, ids = clock.london(at).date(), [bid.id for bid in held]
    for person in db.session.scalars(people_found(role=Role.PROGRAMME_MANAGER, active=True, day=day)) if held else ():
        theirs = appraisal.bids_judged_by_others(person, day).where(Bid.id.in_(ids)).order_by(Bid.reference)
        references = [bid.reference or "" for bid in db.session.scalars(theirs)]
        if references:
            subject = f"{round.name}: feedback that was not sent"
            tell(person.email, subject, _not_sent(person, references, why, page), at=at, person_id=person.id)


def _not_sent(person: Person, references: Sequence[str], why: str, page: str) -> str:
    listed = "\n".join(references[:MOST_LISTED])
    more = f"\nand {len(references) - MOST_LISTED:,} more" if len(references) > MOST_LISTED else ""
    return (
        f"Hello {person.name}\n\nThe outcomes are announced, but the feedback on these bids was not sent, because "
        f"{why}:\n\n{listed}{more}\n\nThis page says what has to be done:\n\n{absolute(page)}\n"
    )


def held_back(bids: Sequence[Bid]) -> dict[int, str]:
    """Those of these bids, all of one round, whose texts tell too much, by id: why, as sending them would say.

    As many queries for a page of bids as for one, and none for no bids.
    """
    if not bids:
        return {}
    texts, guards = queries.written_on(bids), guards_of(bids)
    found = {bid.id: (too_much(row, guards[bid.id]) for row in in_order(texts[bid.id])) for bid in bids}
    return {bid_id: words for bid_id, each in found.items() if (words := next(filter(None, each), ""))}


def _ready(round: Round, by: Person, *, everyone: bool) -> list[Bid]:
    every = select(Bid).join(Bid.round).where(to_judge(), Round.expression_of_interest.is_(False))
    bids = every if everyone else appraisal.bids_judged_by_others(by, clock.today())
    wanted = queries.ready_to_send(bids.where(Bid.round_id == round.id)).order_by(None).order_by(Bid.id)
    return list(db.session.scalars(wanted).unique())
