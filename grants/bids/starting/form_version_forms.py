"""What is typed to give applicants a new version of a form."""

from grants.kernel.forms import Form, Paragraphs, SeenField


class PublishVersionForm(Form):
    seen = SeenField()
    note = Paragraphs(
        "What changed, and why?",
        most_words=200,
        required="Say what changed and why.",
        description="Every applicant is sent these words.",
    )
