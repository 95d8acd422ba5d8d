"""Files for tests of bids."""

from io import BytesIO

from werkzeug.datastructures import FileStorage

from grants.bids import operations as bids
from grants.bids.models import Bid, BidAttachment
from grants.files.operations import keep
from grants.people.roles import Role
from tests.factories import NOW, make_person

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def upload(name: str = "minute.pdf", content: bytes = PDF) -> FileStorage:
    return FileStorage(BytesIO(content), filename=name, content_type="application/pdf")


def attached(bid: Bid) -> BidAttachment:
    """A small PDF on the bid, put there by an author of its lead council."""
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    stored = keep(upload(), rules=bid.round.attachment_rules, by=author, at=NOW)
    return bids.attach(bid, stored, description="Minute", by=author, at=NOW)
