"""Returns: begun for a quarter with the last figures, saved, with files for evidence; `moves` has what follows."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.awards.models import Award, AwardStatus
from grants.files.models import Attachment
from grants.kernel import clock, text
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import Quarter
from grants.outcomes.checks import Figures, Spending, check_figures, check_spending, fallen
from grants.outcomes.models import Evidence, Return, ReturnFigure, ReturnSpending
from grants.outcomes.moves import query, send_back, send_for_sign_off, sign, validate
from grants.outcomes.queries import SIGNED, WRITERS, due_day, open_quarters, previous_return
from grants.people.models import Person

__all__ = [
    "attach_evidence",
    "check_takes_files",
    "evidence_made",
    "query",
    "remove_evidence",
    "save_return",
    "send_back",
    "send_for_sign_off",
    "sign",
    "start_return",
    "validate",
]

LONGEST_DESCRIPTION = 200


def start_return(
    award: Award, quarter: Quarter, *, by: Person, at: datetime, today: date, form_token: str | None = None
) -> Return:
    """The return of one quarter, opened with the figures of the last one that was signed.

    Asked for again, the return that was begun is given back. Refused: an award not accepted, a quarter before its
    acceptance or yet to begin, an earlier return still unsigned, a later one begun already.
    """
    _check_writer(award, by, today)
    if award.status is not AwardStatus.ACCEPTED:
        raise Refused("Only an accepted award has returns.")
    made = db.session.scalars(select(Return).where(Return.award_id == award.id)).all()
    if standing := next((row for row in made if row.quarter == quarter), None):
        return standing
    if quarter not in open_quarters(award, today):
        raise Refused(f"No return can be made for {quarter}.")
    if unsigned := next((row for row in made if row.quarter < quarter and row.status not in SIGNED), None):
        raise Refused(f"The return for {unsigned.quarter} must be signed first.")
    if any(row.quarter > quarter for row in made):
        raise Refused(f"A return for a later quarter than {quarter} has been made already.")
    return _open(award, quarter, by=by, at=at, form_token=form_token)


def _open(award: Award, quarter: Quarter, *, by: Person, at: datetime, form_token: str | None) -> Return:
    opened = Return(
        award=award,
        year=quarter.year,
        quarter_number=quarter.number,
        due_on=due_day(quarter, award.round),
        started_at=at,
        started_by_id=by.id,
        form_token=form_token,
    )
    db.session.add(opened)
    if before := previous_return(award, quarter):
        _carry_over(before, opened)
    audit.record(opened, "started", by=by, quarter=str(quarter), award=award.reference)
    db.session.flush()
    return opened


def _carry_over(before: Return, opened: Return) -> None:
    """What was achieved and spent stands until somebody moves it; a year that has ended has no forecast any more."""
    for figure in before.figures:
        forecast = figure.forecast_hundredths if figure.year >= opened.year else None
        opened.figures.append(
            ReturnFigure(
                measure_id=figure.measure_id,
                year=figure.year,
                actual_hundredths=figure.actual_hundredths,
                forecast_hundredths=forecast,
            )
        )
    for line in before.spending:
        forecast = line.forecast_pence if line.year >= opened.year else None
        opened.spending.append(ReturnSpending(year=line.year, actual_pence=line.actual_pence, forecast_pence=forecast))


def save_return(
    progress_return: Return,
    *,
    figures: Figures,
    spending: Spending,
    progress: str,
    risks: str,
    version_seen: int,
    by: Person,
    at: datetime,
    correction: str = "",
) -> None:
    """Keep what a council has written so far: every figure and sum of the return, as the form shows them.

    Refused: a return that is signed or with its officer; figures that `checks` will not have; less achieved than the
    return before said, without a reason.
    """
    _check_writer(progress_return.award, by, clock.london(at).date())
    _check_open(progress_return)
    if progress_return.version != version_seen:
        raise Overtaken
    check_figures(progress_return, figures)
    check_spending(progress_return, spending)
    less = fallen(previous_return(progress_return.award, progress_return.quarter), figures)
    if less and not correction:
        names = ", ".join(less)
        raise Refused(f"Less is achieved than the last return said ({names}). Say why.", field="correction")
    progress_return.progress, progress_return.risks = progress, risks
    progress_return.correction = correction if less else ""
    _set_figures(progress_return, figures)
    _set_spending(progress_return, spending)
    flag_modified(progress_return, "progress")  # bumps the version where only a figure changed
    audit.record(progress_return, "saved", by=by, reason=progress_return.correction)
    db.session.flush()


def _set_figures(progress_return: Return, figures: Figures) -> None:
    standing = {(figure.measure_id, figure.year): figure for figure in progress_return.figures}
    wanted = {(measure.id, year): reported for (measure, year), reported in figures.items() if reported}
    for place in standing.keys() - wanted.keys():
        progress_return.figures.remove(standing[place])
        db.session.delete(standing[place])
    for (measure_id, year), reported in wanted.items():
        figure = standing.get((measure_id, year))
        if figure is None:
            figure = ReturnFigure(measure_id=measure_id, year=year)
            progress_return.figures.append(figure)
        figure.actual_hundredths, figure.forecast_hundredths = reported.actual, reported.forecast


def _set_spending(progress_return: Return, spending: Spending) -> None:
    standing = {line.year: line for line in progress_return.spending}
    wanted = {year: reported for year, reported in spending.items() if reported}
    for year in standing.keys() - wanted.keys():
        progress_return.spending.remove(standing[year])
        db.session.delete(standing[year])
    for year, reported in wanted.items():
        line = standing.get(year)
        if line is None:
            line = ReturnSpending(year=year)
            progress_return.spending.append(line)
        line.actual_pence, line.forecast_pence = reported.actual, reported.forecast


def attach_evidence(
    progress_return: Return,
    attachment: Attachment,
    *,
    description: str,
    by: Person,
    at: datetime,
    form_token: str | None = None,
) -> Evidence:
    """Put a stored file on a return that is being written."""
    if form_token and (made := evidence_made(progress_return, form_token)):
        return made
    check_takes_files(progress_return, by=by, at=at)
    description = text.tidy(description)
    if len(description) > LONGEST_DESCRIPTION or text.unfit(description):
        raise Refused(f"Use at most {LONGEST_DESCRIPTION} ordinary characters.", field="description")
    held = Evidence(attachment=attachment, description=description, form_token=form_token)
    progress_return.evidence.append(held)
    audit.record(progress_return, "attached", by=by, what=attachment.name, sha256=attachment.sha256)
    db.session.flush()
    return held


def evidence_made(progress_return: Return, form_token: str) -> Evidence | None:
    """What the same form attached already, so that its file need not be stored again."""
    same = (Evidence.form_token == form_token) & (Evidence.return_id == progress_return.id)
    return db.session.scalar(select(Evidence).where(same))


def check_takes_files(progress_return: Return, *, by: Person, at: datetime) -> None:
    """To be asked before a file is stored."""
    _check_writer(progress_return.award, by, clock.london(at).date())
    _check_open(progress_return)
    most = int(progress_return.award.round.attachment_rules.get("count", 30))
    if len(progress_return.evidence) >= most:
        raise Refused(f"A return has at most {most} files. Take one off first.", field="file")


def remove_evidence(held: Evidence, *, by: Person, at: datetime) -> None:
    """Take a file off a return that is being written; its bytes stay in the store."""
    progress_return = held.progress_return
    _check_writer(progress_return.award, by, clock.london(at).date())
    _check_open(progress_return)
    audit.record(progress_return, "removed_attachment", by=by, what=held.attachment.name)
    progress_return.evidence.remove(held)
    db.session.delete(held)


def _check_writer(award: Award, by: Person, day: date) -> None:
    if award.council_id not in by.councils_on(day, *WRITERS):
        raise Refused("Only those who write for the council that receives the award can write its returns.")


def _check_open(progress_return: Return) -> None:
    if not progress_return.being_written:
        raise Refused("The return is not being written any more, so nothing in it can be changed.")
