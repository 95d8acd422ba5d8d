"""Making a round from a template, giving it dates and money, publishing it, and the day it is announced."""

import re
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.funds.assuming.sets import set_to_pin
from grants.funds.deadlines.closing import still_open
from grants.funds.definition.from_definition import fund_of, round_of
from grants.funds.definition.to_definition import definition_of
from grants.funds.definition.types import RoundDefinition
from grants.funds.form.checklist import clash, clash_words
from grants.funds.form.checklist import lacking as lacking
from grants.funds.form.versions import keep_first_version
from grants.funds.models import ROUND_MOVES, BudgetLine, Fund, Mark, Round, RoundPhase, RoundStatus, Stream
from grants.funds.places.lists import pin_lists
from grants.funds.queries import fund_named, round_named
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear
from grants.people.models import Person

Budget = dict[tuple[FinancialYear, Stream], int]
"""Pence by year and stream; a year without money is left out."""

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_RESERVED = frozenset({"new"})
_LONGEST_CODE = 40


def make_round(
    definition: RoundDefinition,
    *,
    code: str,
    name: str,
    by: Person | None,
    at: datetime,
    first_year: FinancialYear | None = None,
) -> Round:
    """A draft round with the definition's form, gates, criteria and measures, in a fund that is made if it is new.

    Beginning in another year than the definition, it takes none of its money, dates and targets. Refused: a code that
    is taken or would not do in an address, an empty name.
    """
    if not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE or code in _RESERVED:
        raise Refused("Use small letters, figures and single hyphens for the code, 40 at most.", field="code")
    if round_named(code):
        raise Refused("There is a round with this code already. Choose another.", field="code")
    if not name.strip():
        raise Refused("Give the round a name.", field="name")
    fund = fund_named(definition.fund.code) or fund_of(definition)
    follows = round_named(definition.handing_in.follows) if definition.handing_in.follows else None
    assumptions = set_to_pin(definition.assumption_set)
    if assumptions is None:
        raise Refused(f"There are no assumptions called {definition.assumption_set}. Load them first.")
    made = round_of(definition, fund=fund, code=code, name=name, first_year=first_year or definition.years[0])
    made.follows = follows
    made.assumption_set = assumptions
    db.session.add(made)
    pin_lists(made, definition.criteria)
    audit.record(made, "made", by=by, template=definition.code, first_year=made.first_year.starts_in)
    db.session.flush()
    return made


def copy_round(
    round: Round, *, code: str, name: str, by: Person, at: datetime, first_year: FinancialYear | None = None
) -> Round:
    """A draft of the same fund that asks what `round` asks now, without its dates. Refused as `make_round` does."""
    made = make_round(definition_of(round), code=code, name=name, by=by, at=at, first_year=first_year)
    made.template_code = round.template_code
    audit.record(made, "copied", by=by, of=round.code)
    db.session.flush()
    return made


def set_text(round: Round, *, name: str, summary: str, version_seen: int, by: Person | None) -> None:
    """What a draft is called and what it says of itself."""
    _check_draft(round, version_seen)
    if not name.strip():
        raise Refused("Give the round a name.", field="name")
    if (round.name, round.summary) != (name, summary):
        round.name, round.summary = name, summary
        audit.record(round, "reworded", by=by, name=name)


def set_dates(
    round: Round,
    *,
    opens_at: datetime | None,
    closes_at: datetime | None,
    final_date: date | None,
    version_seen: int,
    by: Person | None,
) -> None:
    """When a draft opens and closes, and the day by which all must be done. Refused where they are out of order."""
    _check_draft(round, version_seen)
    if opens_at and closes_at and closes_at <= opens_at:
        raise Refused("The round must close after it opens.", field="closes_on")
    if closes_at and final_date and final_date <= clock.london(closes_at).date():
        raise Refused("The final date must come after the round closes.", field="final_date")
    if (round.opens_at, round.closes_at, round.final_date) == (opens_at, closes_at, final_date):
        return
    if round.final_date != final_date:
        round.final_date, round.final_date_mark, round.final_date_source = final_date, Mark.PUBLISHED, ""
        round.final_date_what = round.final_date_what or "All must be done"
    round.opens_at, round.closes_at = opens_at, closes_at
    dates = {"opens_at": opens_at, "closes_at": closes_at, "final_date": final_date}
    told = {name: value.isoformat() if value else None for name, value in dates.items()}
    audit.record(round, "set_dates", by=by, dates=told)


def set_budget(round: Round, lines: Budget, *, by: Person | None) -> None:
    """What a draft may promise by year and stream, in pence. A line that is changed is the programme's own figure from
    then on and loses the source it came with. Refused outside the round's years, below nought, or once published."""
    _check_draft(round)
    for (year, _stream), pence in lines.items():
        if year not in round.years:
            raise Refused(f"{year} is not a year of this round.")
        if pence < 0:
            raise Refused("A budget cannot be less than nought.")
    wanted = {place: pence for place, pence in lines.items() if pence}
    standing = {(line.year, line.stream): line for line in round.budget}
    if {place: line.pence for place, line in standing.items() if line.pence} == wanted:
        return
    for place in standing.keys() - wanted.keys():
        db.session.delete(standing[place])
    for (year, stream), pence in wanted.items():
        line = standing.get((year, stream))
        if line is None:
            db.session.add(BudgetLine(round=round, year=year, stream=stream, pence=pence))
        elif line.pence != pence:
            line.pence, line.mark, line.source = pence, Mark.PUBLISHED, ""
    told = {f"{year} {stream}": pence for (year, stream), pence in sorted(wanted.items())}
    audit.record(round, "set_budget", by=by, pence=told)
    flag_modified(round, "name")  # bumps the version: two people who change the budget alone must meet as well
    db.session.flush()
    db.session.expire(round, ["budget"])


def set_headline(round: Round, pence: int | None, note: str, *, by: Person | None) -> None:
    """The sum that the programme states for a draft, and why the budget by year differs from it, where it does."""
    _check_draft(round)
    if (round.headline_pence, round.headline_note) == (pence, note):
        return
    if round.headline_pence != pence:
        round.headline_mark, round.headline_source = Mark.PUBLISHED, ""
    round.headline_pence, round.headline_note = pence, note
    audit.record(round, "set_headline", by=by, pence=pence)


def publish(round: Round, *, by: Person | None, at: datetime, version_seen: int | None = None) -> None:
    """Let everyone see the round. From then on its form, weights and money stay as they are.

    `version_seen` where a person read the draft on a page before.
    """
    if version_seen is not None and round.version != version_seen:
        raise Overtaken()
    _check_move(round, RoundStatus.PUBLISHED)
    _hold_rounds_of(round.fund)
    if missing := lacking(round, at):
        raise Refused(" ".join(missing))
    round.status, round.published_at = RoundStatus.PUBLISHED, at
    if by is not None:
        keep_first_version(round, by=by, at=at)
    audit.record(round, "published", by=by)


def _hold_rounds_of(fund: Fund) -> None:
    """Of two rounds of one fund that are published at once, the second sees the first."""
    db.session.scalars(select(Fund.id).where(Fund.id == fund.id).with_for_update()).one_or_none()


def extend(
    round: Round, *, closes_at: datetime, reason: str, version_seen: int, by: Person | None, at: datetime
) -> None:
    """Give everyone more time: a later closing time of a published round that has not closed, with the reason."""
    if round.version != version_seen:
        raise Overtaken()
    if round.closes_at is None or round.phase(at) not in (RoundPhase.UPCOMING, RoundPhase.OPEN):
        raise Refused("Only a round that is published and has not closed can be given more time.")
    if closes_at <= round.closes_at:
        raise Refused("The new closing time must be later than the one people were told.", field="closes_on")
    if not reason.strip():
        raise Refused("Say why the round closes later.", field="reason")
    _hold_rounds_of(round.fund)
    if other := clash(round, closes_at=closes_at):
        raise Refused(clash_words(other), field="closes_on")
    before, round.closes_at = round.closes_at, closes_at
    audit.record(round, "extended", by=by, reason=reason, closed_at=before.isoformat(), closes_at=closes_at.isoformat())


def announce(round: Round, *, by: Person | None, at: datetime) -> None:
    """The moment from which everyone may know the outcome. Refused while bids can still come in."""
    _check_move(round, RoundStatus.ANNOUNCED)
    if still_open(round, at):
        raise Refused("The round has not closed yet, so it cannot be announced.")
    round.status, round.announced_at = RoundStatus.ANNOUNCED, at
    audit.record(round, "announced", by=by)


def cancel(round: Round, *, reason: str, version_seen: int, by: Person | None) -> None:
    """Put a draft away that is not wanted any more; it stays to be read by the programme and by auditors."""
    _check_draft(round, version_seen)
    if not reason.strip():
        raise Refused("Say why the round is cancelled.", field="reason")
    round.status = RoundStatus.CANCELLED
    audit.record(round, "cancelled", by=by, reason=reason)


def _check_move(round: Round, to: RoundStatus) -> None:
    if to not in ROUND_MOVES[round.status]:
        raise Refused(f"A round that is {round.status} cannot become {to}.")


def _check_draft(round: Round, version_seen: int | None = None) -> None:
    if version_seen is not None and round.version != version_seen:
        raise Overtaken()
    if round.status is not RoundStatus.DRAFT:
        raise Refused("The round is published: its form, weights, dates and money stay as they are.")
