"""What people do in a browser of their own: they read, follow links, fill in forms and press buttons."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from playwright.sync_api import Locator, Page, expect

from tests.bids.files import PDF
from tests.factories import PASSWORD

Answer: TypeAlias = str | date | list[str]


@dataclass
class Visitor:
    """Somebody with an e-mail address and a browser. `look` is shown every page on which they arrive."""

    page: Page
    email: str
    look: Callable[[Page], None]
    password: str = PASSWORD

    # --- Getting about

    def comes(self) -> None:
        """The home page is the one address that anybody types; then they sign in if they are asked to."""
        self.page.goto("/")
        self.look(self.page)
        entrance = self.page.get_by_role("banner").get_by_role("link", name="Sign in")
        if not entrance.count():
            return
        self.goes("Sign in", inside=self.page.get_by_role("banner"))
        self.fills({"E-mail address": self.email, "Password": self.password})
        self.presses("Sign in")
        self.reads("What waits for you")

    def goes(self, *links: str, inside: Locator | None = None) -> None:
        """From page to page by links of these words. Where a page has several with the same words, they lead alike."""
        for words in links:
            found = (inside or self.page).get_by_role("link", name=words, exact=True)
            found.first.wait_for()
            assert len({link.get_attribute("href") for link in found.all()}) == 1, f"{words}: which?"
            with self.page.expect_navigation():
                found.first.click()
            self.look(self.page)

    def finds(self, words: str) -> None:
        """By the one link that has these words somewhere in it."""
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role("link", name=words).click()
        self.look(self.page)

    def presses(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).click()
        self.look(self.page)

    def downloads(self, words: str) -> bytes:
        with self.page.expect_download() as begun:
            self.page.get_by_role("link", name=words, exact=True).click()
        return begun.value.path().read_bytes()

    # --- Filling in

    def fills(self, answers: Mapping[str, Answer]) -> None:
        for label, answer in answers.items():
            if isinstance(answer, str):
                self.page.get_by_role("textbox", name=label, exact=True).fill(answer)
            elif isinstance(answer, date):
                self._dates(self.page.get_by_role("group", name=label, exact=True), answer)
            else:
                self.ticks(answer, inside=self.page.get_by_role("group", name=label, exact=True))

    def _dates(self, group: Locator, day: date) -> None:
        for part, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            group.get_by_label(part).fill(str(number))

    def ticks(self, options: Iterable[str], *, inside: Locator | None = None) -> None:
        for words in options:
            (inside or self.page).get_by_label(words, exact=True).check()

    def chooses(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def attaches(self, label: str, name: str, content: bytes = PDF, kind: str = "application/pdf") -> None:
        self.page.get_by_label(label).set_input_files({"name": name, "mimeType": kind, "buffer": content})

    # --- Reading

    def reads(self, *words: str) -> None:
        for part in words:
            expect(self.page.get_by_role("main")).to_contain_text(part)

    def does_not_read(self, *words: str) -> None:
        for part in words:
            expect(self.page.get_by_role("main")).not_to_contain_text(part)

    def row(self, words: str) -> list[str]:
        """The cells of the one row of a table that has these words, heading first."""
        row = self.page.get_by_role("row").filter(has_text=words)
        return [" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
