"""Which tests may be run once more, and after what: docs/decisions/0019."""

import pytest
from playwright.sync_api import Error, TimeoutError

from tests.conftest import of_the_driver


def test_only_tests_with_a_browser_may_be_run_once_more(request):
    for item in request.session.items:
        marks = list(item.iter_markers("flaky"))
        assert len(marks) == (1 if item.get_closest_marker("browser") else 0), item.nodeid
        assert all(mark.kwargs["reruns"] == 1 for mark in marks), item.nodeid


@pytest.mark.parametrize(
    ("error", "once_more"),
    [
        (TimeoutError("Timeout 60000ms exceeded."), True),
        (Error("Target closed"), True),
        (AssertionError("TimeoutError: Error"), False),
        (OSError("TimeoutError"), False),
        (None, False),
    ],
)
def test_only_an_error_of_the_browsers_driver_counts(error, once_more):
    assert of_the_driver(error) is once_more
