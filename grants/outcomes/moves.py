"""The way of a return: to the Section 151 officer, back or on to the programme, queried or validated."""

from collections.abc import Iterable
from datetime import date, datetime

from grants import audit
from grants.kernel import clock
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.outcomes.checks import lacking
from grants.outcomes.models import RETURN_MOVES, Return, ReturnStatus
from grants.outcomes.queries import WRITERS, people_of, programme_people
from grants.people.models import Person
from grants.people.roles import Permission, Role

DECLARATIONS = (
    "The figures agree with the council's records, and there is evidence for what is said to be achieved.",
    "The grant spent was spent on what it was given for.",
    "The forecasts are what the council now expects.",
)
"""What the Section 151 officer says by signing. Our own words, not a published form."""


def send_for_sign_off(progress_return: Return, *, by: Person, at: datetime) -> None:
    """Hand the return to the Section 151 officer. Refused while something is missing, all of it told at once."""
    today = clock.london(at).date()
    award = progress_return.award
    _check_role(progress_return, by, today, *WRITERS)
    _check_move(progress_return, ReturnStatus.SIGN_OFF)
    if missing := lacking(progress_return, award, award.profile(today)):
        raise Refused(" ".join(missing))
    progress_return.status = ReturnStatus.SIGN_OFF
    audit.record(progress_return, "sent_for_sign_off", by=by)
    officers = people_of(award.council_id, (Role.SECTION_151_OFFICER,), today)
    _tell(officers, progress_return, "waits for your signature", at)


def sign(progress_return: Return, *, by: Person, at: datetime, version_seen: int | None = None) -> None:
    """The Section 151 officer of the council that receives the award stands behind the return, and it is submitted.

    Refused to everybody else, and where it is no longer as the officer saw it.
    """
    _check_role(progress_return, by, clock.london(at).date(), Role.SECTION_151_OFFICER)
    _check_seen(progress_return, version_seen)
    _check_move(progress_return, ReturnStatus.SUBMITTED)
    progress_return.status = ReturnStatus.SUBMITTED
    progress_return.signed_at, progress_return.signed_by_id = at, by.id
    audit.record(progress_return, "signed", by=by, declared=list(DECLARATIONS))
    people = programme_people(progress_return.award, clock.london(at).date())
    _tell(people, progress_return, "was submitted and can be validated", at)


def send_back(progress_return: Return, *, reason: str, by: Person, at: datetime) -> None:
    """The officer does not sign yet and says why."""
    _check_role(progress_return, by, clock.london(at).date(), Role.SECTION_151_OFFICER)
    if progress_return.status is not ReturnStatus.SIGN_OFF:
        raise Refused("The return is not with the Section 151 officer.")
    _check_said(reason, "Say what is to be changed.", "reason")
    progress_return.status = ReturnStatus.DRAFT
    audit.record(progress_return, "sent_back", by=by, reason=reason)
    _tell_writers(progress_return, f"was sent back: {reason}", at)


def query(progress_return: Return, *, question: str, by: Person, at: datetime, version_seen: int | None = None) -> None:
    """The programme asks about a return; its council writes it again, and until it is signed anew it counts for
    nothing."""
    _check_programme(by, clock.london(at).date())
    _check_seen(progress_return, version_seen)
    _check_move(progress_return, ReturnStatus.QUERIED)
    _check_said(question, "Say what you want to know.", "text")
    progress_return.status, progress_return.query = ReturnStatus.QUERIED, question
    audit.record(progress_return, "queried", by=by, reason=question)
    _tell_writers(progress_return, f"has a question: {question}", at)


def validate(progress_return: Return, *, note: str, by: Person, at: datetime, version_seen: int | None = None) -> None:
    """The programme has checked what is claimed; `note` says how. Nothing of the return changes after that."""
    _check_programme(by, clock.london(at).date())
    _check_seen(progress_return, version_seen)
    _check_move(progress_return, ReturnStatus.VALIDATED)
    _check_said(note, "Say what you checked.", "text")
    progress_return.status, progress_return.validation_note = ReturnStatus.VALIDATED, note
    progress_return.validated_at, progress_return.validated_by_id = at, by.id
    audit.record(progress_return, "validated", by=by, reason=note)
    _tell_writers(progress_return, "is validated", at)


def _check_role(progress_return: Return, by: Person, day: date, *roles: Role) -> None:
    if progress_return.award.council_id not in by.councils_on(day, *roles):
        who = "its Section 151 officer" if Role.SECTION_151_OFFICER in roles else "those who write for it"
        raise Refused(f"Of the council that receives the award, only {who} can do this.")


def _check_programme(by: Person, day: date) -> None:
    if not by.may_on(day, Permission.RETURN_VALIDATE):
        raise Refused("Only a programme manager can do this.")


def _check_move(progress_return: Return, to: ReturnStatus) -> None:
    if to not in RETURN_MOVES[progress_return.status]:
        raise Refused("The return has moved on: look at where it stands now.")


def _check_seen(progress_return: Return, version_seen: int | None) -> None:
    if version_seen is not None and progress_return.version != version_seen:
        raise Overtaken


def _check_said(said: str, sentence: str, field: str) -> None:
    if not said.strip():
        raise Refused(sentence, field=field)


def _tell_writers(progress_return: Return, what: str, at: datetime) -> None:
    council = progress_return.award.council_id
    roles = (*WRITERS, Role.SECTION_151_OFFICER)
    _tell(people_of(council, roles, clock.london(at).date()), progress_return, what, at)


def _tell(people: Iterable[Person], progress_return: Return, what: str, at: datetime) -> None:
    award, quarter = progress_return.award, progress_return.quarter
    subject = f"Return for {quarter} of {award.reference}"
    for person in people:
        body = f"Hello {person.name}\n\nThe return for {quarter} of {award.title or award.recipient} {what}.\n"
        tell(person.email, subject, body, person_id=person.id, at=at)
