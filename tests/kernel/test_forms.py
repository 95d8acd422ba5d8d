"""What a form knows of the page it was sent from."""

import pytest

from grants.kernel.forms import EditForm


@pytest.mark.parametrize(
    ("sent", "seen"), [({}, 0), ({"version": ""}, 0), ({"version": "x"}, 0), ({"version": "6"}, 6)]
)
def test_a_form_sent_without_its_version_has_seen_none_and_never_the_newest(app, sent, seen):
    with app.test_request_context(method="POST", data={"reason": "Because.", **sent}):
        assert EditForm(version=7).version_seen == seen
    with app.test_request_context():
        assert 'value="7"' in str(EditForm(version=7).version())
