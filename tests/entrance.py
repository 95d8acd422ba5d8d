"""Coming in by the sign-in page, for browser tests of one room."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import arrived
from tests.factories import PASSWORD


def entered(new_page: Callable[[], Page], email: str) -> Page:
    """A page of somebody's own, signed in."""
    page = new_page()
    page.goto("/sign-in")
    sign_in_here(page, email)
    return page


def sign_in_here(page: Page, email: str) -> None:
    """Fill in the sign-in form on which they stand, and wait for what a signed-in person sees."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    arrived(page)
