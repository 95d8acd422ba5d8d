"""What is typed to give applicants a new version of a form."""

from wtforms import HiddenField

from grants.kernel.forms import Form, Paragraphs


class PublishVersionForm(Form):
    seen = HiddenField()
    note = Paragraphs(
        "What changed, and why?",
        most_words=200,
        required="Say what changed and why.",
        description="Every applicant is sent these words.",
    )
