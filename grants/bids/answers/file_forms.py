"""Forms of files: put on a bid, described, and given as an answer."""

import secrets
from collections.abc import Sequence

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage

from grants.kernel.forms import CreateForm, DateParts, Form, Line


def given(uploads: Sequence[FileStorage | None] | None) -> list[FileStorage]:
    """The files that were chosen: a browser sends one without a name where there is none."""
    return [upload for upload in uploads or [] if upload and upload.filename]


def new_token() -> str:
    """For a form that is shown again after a part of it was done: what is sent next is something else."""
    return secrets.token_urlsafe(24)


class AttachmentForm(CreateForm):
    file = MultipleFileField("Files")
    description = Line("What is it?", description="For example, site plan. You can change it later.")


class DescriptionForm(Form):
    description = Line("What is it?", description="For example, site plan.")


class BoardForm(Form):
    met_on = DateParts("Day on which the board decided to bid")
    minute = FileField("Minute of the board")
