"""A bid as a tagged PDF: a submitted one from its snapshot, as it was handed in; any other as it stands."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select

from grants.bids.content import bid_content
from grants.bids.handing_in.money_picture import drawn_of
from grants.bids.handing_in.paper_words import Part, answers, by_source, by_year, day, heading, project, table
from grants.bids.models import Bid, BidStatus, FundingSource
from grants.bids.queries import bid_in_full
from grants.councils.models import MembershipRole
from grants.files.names import cleaned
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import pounds
from grants.kernel.paper import paper
from grants.kernel.pictures import StackedPicture
from grants.messages.enclosures import Enclosure, encloses

_ROLES = {
    MembershipRole.LEAD: "Leads it",
    MembershipRole.MEMBER: "Member",
    MembershipRole.PARTNER: "Partner",
    MembershipRole.ACCOUNTABLE: "Receives the money",
}


@encloses("bid_pdf")
def receipt(key: str) -> Enclosure:
    """The submitted bid of this key, to go with its receipt."""
    bid = db.session.scalars(select(Bid).where(Bid.key == key)).one()
    return bid_file(bid, at=clock.now())


def bid_file(bid: Bid, *, at: datetime) -> Enclosure:
    """The whole bid on paper; one that is not submitted bears the mark of a draft and the time at which it was made."""
    content = _content(bid)
    made_at = bid.submission.submitted_at if bid.submission else at
    told = {**_frame(bid, content, made_at), "parts": list(_parts(bid, content)), "notes": []}
    name = cleaned(f"{bid.reference or f'Draft {bid.title}'}.pdf")
    return Enclosure(name, "application/pdf", paper("bid", told, at=made_at))


def _content(bid: Bid) -> dict[str, Any]:
    if bid.submission:
        kept: dict[str, Any] = json.loads(bid.submission.content)
        return kept
    return bid_content(bid_in_full(bid.id))


def _frame(bid: Bid, content: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Title, mark, foot and the facts at the head."""
    on = clock.london(at)
    when = f"{on:%H:%M} on {on.day} {on:%B %Y}, London time"
    name, state = ("Withdrawn", "withdrawn") if bid.status is BidStatus.WITHDRAWN else ("Draft", "not submitted")
    mark = "" if bid.submission else name
    return {
        "title": content["title"],
        "caption": f"{content['fund_name']}, {content['round_name']}",
        "mark": mark.upper(),
        "marked": f"{name}: {state}. As it stood at {when}." if mark else "",
        "foot": f"{bid.reference or mark}  {content['title']}",
        "year": on.year,
        "month": on.month,
        "day": on.day,
        "facts": [*_handed_in(bid, when), *_asked_for(content)],
    }


def _handed_in(bid: Bid, when: str) -> list[list[str]]:
    if bid.submission is None:
        return []
    return [
        ["Reference", bid.reference or ""],
        ["Submitted", f"{when}, by {bid.submission.submitted_by.name}"],
        ["Fingerprint (SHA-256)", bid.submission.sha256],
    ]


def _asked_for(content: dict[str, Any]) -> list[list[str]]:
    lead = next((council["name"] for council in content["councils"] if council["leads"]), "")
    ask = sum(line["pence"] for line in _lines(content) if line["source"] == FundingSource.GRANT)
    rows = [
        ["Lead council", lead],
        ["Would receive the money", content.get("accountable_council") or ""],
        ["Partnership", content["partnership"] or ""],
        ["Board met on", day(content["board_met_on"]) if content.get("board_met_on") else ""],
        ["Grant asked for", pounds(ask)],
    ]
    return [row for row in rows if row[1]]


def _lines(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for told in content["projects"] for line in told["funding"]]


def _parts(bid: Bid, content: dict[str, Any]) -> list[Part]:
    parts = [heading("Councils and partners", 2), {"kind": "list", "items": _who(content)}]
    parts += [*_partnership(content), *_money(content)]
    parts += answers(content["answers"], 2)
    for place, told in enumerate(content["projects"], start=1):
        parts += project(told, place)
    return [*parts, *_files(content), *_signed(bid)]


def _who(content: dict[str, Any]) -> list[str]:
    councils = [
        f"{council['name']}{'*' if council['starred'] else ''}{' (lead)' if council['leads'] else ''}"
        for council in content["councils"]
    ]
    return councils + [partner["name"] for partner in content.get("partners", [])]


def _partnership(content: dict[str, Any]) -> list[Part]:
    """Everyone in the partnership as at submission; a draft does not say, and neither does a bid without one."""
    if not (places := content.get("memberships")):
        return []
    names = [f"{place['name']}{'*' if place['starred'] else ''}" for place in places]
    rows = [[name, _part_in_it(place), day(place["from"])] for name, place in zip(names, places, strict=True)]
    caption = f"{content['partnership']}, as it stood when the bid was submitted"
    return [table(caption, ["Who", "Part in it", "Since"], rows)]


def _part_in_it(place: dict[str, Any]) -> str:
    role = _ROLES[MembershipRole(place["role"])]
    return f"{role} ({place['kind']})" if place["kind"] else role


def _money(content: dict[str, Any]) -> list[Part]:
    lines = _lines(content)
    if not lines:
        return []
    picture = drawn_of((line["year"], FundingSource(line["source"]), line["pence"]) for line in lines)
    return [heading("Money", 2), _drawn(picture), by_year(f"{picture.title}, by source", by_source(lines), sums=True)]


def _drawn(picture: StackedPicture) -> Part:
    """Lengths as shares of the width."""
    return {
        "kind": "picture",
        "told": f"{picture.title}. {picture.told}",
        "legend": [list(one) for one in picture.legend],
        "bars": [
            {
                "label": bar.label,
                "shown": bar.shown,
                "parts": [
                    {"x": one.x / picture.width, "length": one.length / picture.width, "tone": one.part.tone}
                    for one in bar.parts
                ],
            }
            for bar in picture.bars
        ],
    }


def _files(content: dict[str, Any]) -> list[Part]:
    rows = [
        [file["name"], file["description"], f"{file['bytes']:,}", file["sha256"]] for file in content["attachments"]
    ]
    files = table("Files of the bid", ["Name", "What it is", "Bytes", "SHA-256"], rows)
    return [heading("Attached files", 2), files if rows else {"kind": "words", "words": "No files."}]


def _signed(bid: Bid) -> list[Part]:
    signature = bid.signature
    if signature is None:
        return []
    on = clock.london(signature.signed_at)
    said = f"Signed by {signature.person.name}, Section 151 officer, at {on:%H:%M} on {on.day} {on:%B %Y}, London time."
    parts = [heading("Declarations", 2), {"kind": "words", "words": said}]
    agreed = list(signature.statements["agreed"])
    return [*parts, {"kind": "list", "items": agreed}] if agreed else parts
