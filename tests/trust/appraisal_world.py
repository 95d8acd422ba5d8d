"""Something behind the addresses of the appraisal: valuations, notes and place scores, all about the north's bids."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from grants.appraisal.assigning.proposing import ask_for_proposal, make_proposal
from grants.appraisal.gates import valuing
from grants.appraisal.gates.calculator import Inputs
from grants.appraisal.models import Assignment
from grants.appraisal.panels.agenda import add_bids
from grants.appraisal.panels.holding import Called, call_meeting
from grants.appraisal.scoring.noting import note
from grants.bids.models import Bid, ValueKind
from grants.funds.assuming.sets import keep_shipped
from grants.funds.assuming.value_for_money import CostScope
from grants.funds.models import Round
from grants.kernel.db import db
from grants.people.models import Person
from tests.funds.places.made import make_place_list


def add_appraisal(
    checked: Bid, judged: Bid, scored: Bid, draft: Round, *, checker: Person, manager: Person, at: datetime
) -> dict[str, Any]:
    """A valuation of `checked` and of `scored`, which has scores; a note of the appraiser of `judged`, a proposal for
    their round; a list of place scores that `draft` takes marks from."""
    lines = {(ValueKind.COST_CENTRAL, 2026): 1_000_00, (ValueKind.BENEFIT_OTHER, 2026): 1_600_00}
    inputs = Inputs(
        base_year=2026, prices_of=2026, nominal=False, scope=CostScope.PUBLIC, optimism_bias=0, additionality=100_00,
        lines=lines,
    )  # fmt: skip
    project = checked.projects[0]
    made = valuing.value(project, inputs, judged="", reason="", number_seen=0, by=checker, at=at)
    valuing.value(scored.projects[0], inputs, judged="", reason="", number_seen=0, by=checker, at=at)
    task = _task(judged)
    noted = note(task, None, None, "", quote="", words="Northern note", by=task.person, at=at)
    listed = make_place_list({judged.lead_council: 50_00})
    draft.criteria[-1].looked_up, draft.criteria[-1].place_list = True, listed
    proposal, _ = ask_for_proposal(judged.round, each=2, by=manager, at=at)
    make_proposal(proposal, at=at, progress=lambda done, steps: None)
    called = Called("The panel", at + timedelta(days=9), "The town hall", [manager], manager)
    panel = call_meeting(judged.round, called, address="https://grants.example/panels/", by=manager, at=at)
    add_bids(panel, [judged, scored], by=manager, at=at)
    db.session.flush()
    return {
        "panel": panel.key,
        "proposal": proposal.key,
        "assumptions": keep_shipped().code,
        "valued_project": project.key,
        "valuation": made.number,
        "scored_project": scored.projects[0].key,
        "note_key": noted.key,
        "place_list": listed.key,
        "scored_task": _task(scored).key,
    }


def _task(bid: Bid) -> Assignment:
    found = db.session.scalars(select(Assignment).where(Assignment.bid_id == bid.id).order_by(Assignment.id)).first()
    assert found
    return found
