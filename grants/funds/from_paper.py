"""Rounds that were run elsewhere and are known from a published paper of their awards: they are here from the day on
which the awards were public, announced and closed to bids."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import select

from grants import audit
from grants.audit import Actor
from grants.funds.definition.from_definition import fund_of, round_of
from grants.funds.definition.reading import shipped
from grants.funds.definition.types import RoundDefinition
from grants.funds.models import Fund, Mark, Round, RoundMode, RoundStatus, Stream
from grants.funds.queries import fund_named, round_named
from grants.kernel import clock
from grants.kernel.db import Json, db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear

_FILE = Path(__file__).with_name("published_rounds.yaml")
_CODE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LONGEST_CODE, _LONGEST_NAME = 40, 120


@dataclass(frozen=True)
class PublishedRound:
    """What published_rounds.yaml says of one round."""

    code: str
    template: str
    awarded_on: date
    source: str
    name: str = ""
    annexed_to: str = ""
    headline_pence: int | None = None
    headline_note: str = ""


@cache
def published_rounds() -> dict[str, PublishedRound]:
    """By code. A fault in the file is a fault of the product: KeyError or TypeError."""
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {code: _published(code, dict(entry)) for code, entry in entries.items()}


def _published(code: str, entry: dict[str, object]) -> PublishedRound:
    headline = entry.pop("headline", None)
    sums = {}
    if isinstance(headline, dict):
        sums = {"headline_pence": headline["pounds"] * 100, "headline_note": headline["note"].strip()}
    return PublishedRound(code=code, **entry, **sums)  # type: ignore[arg-type]


def awards_public_on(code: str, today: date) -> date:
    """The day from which the awards of a round are public: its announcement, or what is known of it, or today."""
    round = round_named(code)
    if round is not None and round.announced_at is not None:
        return clock.london(round.announced_at).date()
    known = published_rounds().get(code)
    return known.awarded_on if known else today


def round_of_paper(
    code: str,
    *,
    fund_code: str = "",
    years: tuple[FinancialYear, ...] = (),
    awarded_on: date,
    by: Actor | None,
    at: datetime,
) -> Round:
    """The round of this code, made announced if it does not exist; rounds known to be annexed to it are made as well.

    `years` are those of the paper's head; without any the round lies in the year of `awarded_on`. Its outcome measures
    are those of the template of its own code or of its fund. Money and targets come with a template of the very same
    code only. Refused: a code that would not do in an address, a fund that nobody knows, a fund that is not the round's
    own, a round that bids can still decide (its outcome is nobody's to know yet).
    """
    round = round_named(code)
    if round is None:
        round = _make(code, fund_code, years, awarded_on, by)
        for other in published_rounds().values():
            if other.annexed_to == code and round_named(other.code) is None:
                annexed = _make(other.code, "", (), other.awarded_on, by)
                annexed.annexed_to_id = round.id
    elif fund_code and round.fund.code != fund_code:
        raise Refused(f"The round {code} is one of {round.fund}, not of the fund {fund_code}.", field="fund")
    elif round.status is not RoundStatus.ANNOUNCED:
        raise Refused(f"{round} is {round.status} here: awards come into it by its own decisions.", field="round")
    return round


def known_funds() -> dict[str, str]:
    """Names of the funds there are, and of those that a shipped template would make, by code."""
    of_templates = {each.fund.code: each.fund.name for each in shipped().values()}
    there = {fund.code: fund.name for fund in db.session.scalars(select(Fund))}
    return dict(sorted({**of_templates, **there}.items()))


def stream_of_paper(code: str, fund_code: str = "") -> Stream:
    """Whether a round of this code, there or still to be made, pays capital or revenue. Refused as `round_of_paper`."""
    if round := round_named(code):
        return round.fund.stream
    return _fund(code, fund_code, _template(code, fund_code, published_rounds().get(code))).stream


def _make(code: str, fund_code: str, years: tuple[FinancialYear, ...], awarded_on: date, by: Actor | None) -> Round:
    if not code or not _CODE_LETTERS.issuperset(code) or len(code) > _LONGEST_CODE:
        raise Refused("Use small letters, figures and hyphens for the code of a round, 40 at most.", field="round")
    known = published_rounds().get(code)
    template = _template(code, fund_code, known)
    fund = _fund(code, fund_code, template)
    first = years[0] if years else FinancialYear.of(awarded_on)
    name = (known and known.name) or (template.name if template and template.code == code else f"{fund} ({code})")
    made = _from_template(template, fund, code, name, first) if template else _bare(fund, code, name, first)
    made.last_year = years[-1] if years else made.last_year if template and template.code == code else first
    if known and known.headline_pence is not None:
        made.headline_pence, made.headline_note = known.headline_pence, known.headline_note
        made.headline_mark, made.headline_source = Mark.PUBLISHED, known.source
    made.status = RoundStatus.ANNOUNCED
    made.announced_at = made.published_at = clock.from_london(awarded_on, time())
    db.session.add(made)
    db.session.flush()
    audit.record(made, "made_from_paper", by=by, announced_on=awarded_on.isoformat(), fund=fund.code)
    return made


def _from_template(template: RoundDefinition, fund: Fund, code: str, name: str, first: FinancialYear) -> Round:
    made = round_of(template, fund=fund, code=code, name=name[:_LONGEST_NAME], first_year=first)
    if template.code != code:
        made.budget, made.headline_pence, made.headline_note, made.headline_source = [], None, "", ""
        made.final_date, made.final_date_what = None, ""
    return made


def _bare(fund: Fund, code: str, name: str, first: FinancialYear) -> Round:
    return Round(
        fund=fund,
        code=code,
        name=name[:_LONGEST_NAME],
        mode=RoundMode.DIRECT,
        first_year=first,
        last_year=first,
        attachment_rules=Json({"kinds": [], "megabytes": 0, "count": 0}),
        milestones=Json({"names": []}),
    )


def _template(code: str, fund_code: str, known: PublishedRound | None) -> RoundDefinition | None:
    """The template of this code, the one that is known for it, or the first competed one of its fund."""
    wanted = code if code in shipped() else known.template if known else ""
    if wanted and fund_code in ("", shipped()[wanted].fund.code):
        return shipped()[wanted]
    fund = fund_code or code.partition("-")[0]
    of_fund = [each for each in shipped().values() if each.fund.code == fund]
    competed = (each for each in of_fund if each.mode is not RoundMode.DIRECT)
    return next((each for each in competed if not each.handing_in.expression_of_interest), None)


def _fund(code: str, fund_code: str, template: RoundDefinition | None) -> Fund:
    wanted = fund_code or (template.fund.code if template else code.partition("-")[0])
    if fund := fund_named(wanted):
        return fund
    if template and template.fund.code == wanted:
        return fund_of(template)
    raise Refused(f"Say which fund the round {code} is one of: {', '.join(known_funds())}.", field="fund")
