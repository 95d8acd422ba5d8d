"""The sites of a bid's projects."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from grants.bids.models import PlanningStatus, Project, Site
from grants.bids.projects.rows import check_line, check_version, made_before, tidied
from grants.bids.writing import begin_edit, end_edit
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

MOST_SITES = 200
LONGEST_TITLE_NUMBER = 20
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}", re.ASCII)
_UPRN = re.compile(r"[0-9]{1,12}", re.ASCII)
EASTINGS, NORTHINGS = (80_000, 656_000), (5_000, 658_000)
"""Metres of the National Grid between which England lies, from Scilly to Lowestoft and to Berwick."""


def add_site(project: Project, *, by: Person, at: datetime, form_token: str | None = None, **fields: Any) -> Site:
    """One more site; `fields` are those of `Site`, its name and whatever else is known."""
    begin_edit(project.bid, at=at)
    made = made_before(Site, form_token)
    if made is not None and made.project_id == project.id:
        return made
    if len(project.sites) >= MOST_SITES:
        raise Refused(f"A project has at most {MOST_SITES} sites.")
    site = Site(form_token=form_token, **_checked_site(fields))
    project.sites.append(site)
    db.session.flush()
    end_edit(project.bid, "added_site", by=by, at=at, what=f"{project.title}: {site.name}")
    return site


def edit_site(site: Site, *, version_seen: int | None, by: Person, at: datetime, **fields: Any) -> None:
    bid = site.project.bid
    begin_edit(bid, at=at)
    check_version(site, version_seen, "\n".join(filter(None, (site.name, site.address, site.postcode, site.owner))))
    for name, value in _checked_site(fields).items():
        setattr(site, name, value)
    end_edit(bid, "edited_site", by=by, at=at, what=f"{site.project.title}: {site.name}")


def remove_site(site: Site, *, by: Person, at: datetime) -> None:
    project, name = site.project, site.name
    begin_edit(project.bid, at=at)
    db.session.delete(site)
    db.session.flush()
    db.session.expire(project, ["sites"])
    end_edit(project.bid, "removed_site", by=by, at=at, what=f"{project.title}: {name}")


def _checked_site(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a site, tidied. Refused with the first of its problems."""
    for problem in site_problems(fields):
        raise problem
    kept = tidied(fields)
    hectares = kept.get("hectares")
    kept["postcode"] = _postcode(kept)
    kept["hectares"] = None if hectares is None else round(float(hectares), 2)
    kept["planning"] = PlanningStatus(kept.get("planning") or PlanningStatus.NONE)
    return kept


def site_problems(fields: Mapping[str, Any]) -> Iterator[Refused]:
    """All that is wrong. UPRN: up to twelve digits (GeoPlace); hectares below 100,000; coordinates within England."""
    try:
        kept = tidied(fields)
        check_line(kept.get("name", ""), "Give the site a name.", field="name")
    except Refused as refusal:
        yield refusal
        return
    if (postcode := _postcode(kept)) and not _POSTCODE.fullmatch(postcode):
        yield Refused("Enter a full UK postcode, like SW1A 2AA, or leave it empty.", field="postcode")
    uprn, hectares = str(kept.get("uprn") or ""), kept.get("hectares")
    if uprn and (not _UPRN.fullmatch(uprn) or not int(uprn)):
        yield Refused("A UPRN is a number of at most twelve digits.", field="uprn")
    if isinstance(hectares, str) or (hectares is not None and not 0 <= hectares < 100_000):
        yield Refused("Hectares must be between 0 and 99,999.99.", field="hectares")
    if len(kept.get("title_number") or "") > LONGEST_TITLE_NUMBER:
        yield Refused(f"A title number has at most {LONGEST_TITLE_NUMBER} characters.", field="title_number")
    yield from _point_problems(kept.get("easting"), kept.get("northing"))


def _postcode(kept: Mapping[str, Any]) -> str:
    return " ".join(str(kept.get("postcode") or "").upper().split())


def _point_problems(easting: int | None, northing: int | None) -> Iterator[Refused]:
    """Both or neither, and within England."""
    if (easting is None) != (northing is None):
        missing = "easting" if easting is None else "northing"
        yield Refused("Give both the easting and the northing, or neither.", field=missing)
    for name, metres, (least, most) in (("easting", easting, EASTINGS), ("northing", northing, NORTHINGS)):
        if metres is not None and not least <= metres <= most:
            yield Refused(f"The {name} must lie in England: between {least:,} and {most:,} metres.", field=name)
