"""Telling a person that a file they attached is harmful."""

from datetime import datetime

from grants.files.models import Attachment
from grants.files.scanning import when_infected
from grants.kernel.db import db
from grants.messages.operations import tell
from grants.people.models import Person


@when_infected
def tell_uploader(attachment: Attachment, at: datetime) -> None:
    person = db.session.get_one(Person, attachment.uploaded_by_id)
    body = (
        f"Hello {person.name}\n\nThe virus scanner has found something harmful in the file “{attachment.name}” that "
        f"you attached: {attachment.scan_said}. Nobody can download it. Have your computer checked, take the file off, "
        "and attach a clean copy.\n"
    )
    subject, once = f"Harmful file: {attachment.name}", f"infected:{attachment.key}"
    tell(person.email, subject, body, at=at, person_id=person.id, once=once)
