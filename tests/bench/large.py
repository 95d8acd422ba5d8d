"""A draft of 40 projects: its task list, its workbook out and in, its PDF, and one answer that saves itself."""

import io
import re
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy import func, insert, select

from grants.bids.models import Bid, FundingLine, FundingSource, Project, Site
from grants.funds.models import Stream
from grants.kernel.db import db, new_key

PROJECTS = 40
_BOUNDARY = "of-the-benchmark"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_projects(bid: Bid) -> None:
    """As many as make 40, each with a site and money in every year of the round."""
    there = db.session.scalar(select(func.count(Project.id)).where(Project.bid_id == bid.id)) or 0
    rows = [
        {"key": new_key(), "bid_id": bid.id, "council_id": bid.lead_council_id, "title": f"Project {n}",
         "summary": "Clear the land.", "position": n, "version": 1}
        for n in range(there + 1, PROJECTS + 1)
    ]  # fmt: skip
    ids = list(db.session.scalars(insert(Project).returning(Project.id), rows))
    db.session.execute(
        insert(Site), [{"key": new_key(), "project_id": i, "name": f"Yard {i}", "hectares": 1.5} for i in ids]
    )
    money = {"stream": Stream.CAPITAL, "source": FundingSource.GRANT}
    lines = [{"project_id": i, "year": year, "pence": i * 100, **money} for i in ids for year in bid.round.years]
    db.session.execute(insert(FundingLine), lines)


def asks(author: Any, floor: Any, scene: Any) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    """By name: how to ask us, and how to ask the floor for the nearest bare thing."""
    bid = f"/bids/{scene.large_key}"
    handed_out = author.get_bytes(f"{bid}/workbook.xlsx")
    form, kind = _with_file(author.hidden(f"{bid}/workbook"), handed_out)
    return {
        "autosave, one answer": (
            _autosaver(author, scene),
            lambda: floor.post("/save", {"words": "Wet."}, 200) and None,
        ),
        "40 projects: list": (
            lambda: author.get(bid) and None,
            lambda: floor.get(f"/detail/{scene.large_key}") and None,
        ),
        "40 projects: xlsx out": (
            lambda: author.get_bytes(f"{bid}/workbook.xlsx") and None,
            lambda: floor.get_bytes(f"/sheet/{scene.large_key}") and None,
        ),
        "40 projects: xlsx in": (
            lambda: author.send(f"{bid}/workbook", form, kind, 302) and None,
            lambda: floor.send("/read", handed_out, _XLSX, 200) and None,
        ),
        "40 projects: PDF": (
            lambda: author.get_bytes(f"{bid}/bid.pdf") and None,
            lambda: floor.get_bytes(f"/paper/{scene.large_key}") and None,
        ),
    }


def _autosaver(author: Any, scene: Any) -> Callable[[], None]:
    """One answer saved again and again as the page's script does, each time with the mark it was given before."""
    path, numbers = f"/bids/{scene.large_key}/sections/{scene.section_code}", count()
    name = scene.field_names[0]
    code = name.removeprefix("q_")
    form = author.hidden(path) | {"asked": code}

    def save() -> None:
        told = author.post(f"{path}/autosave", form | {name: f"The land is wet, {next(numbers)}."}, 200)
        found = re.search(rf'"seen":\s*\{{\s*"{code}":\s*"([^"]+)"', told)
        assert found, told
        form[f"seen_{code}"] = found[1]

    return save


def _with_file(fields: dict[str, str], content: bytes) -> tuple[bytes, str]:
    """A form with a workbook in it, as a browser sends it: the body and its type."""
    body = io.BytesIO()
    for name, value in fields.items():
        body.write(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    said = 'form-data; name="file"; filename="projects.xlsx"'
    body.write(f"--{_BOUNDARY}\r\nContent-Disposition: {said}\r\nContent-Type: {_XLSX}\r\n\r\n".encode())
    body.write(content + f"\r\n--{_BOUNDARY}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={_BOUNDARY}"
