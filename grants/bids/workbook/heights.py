"""How high the rows of a sheet are: said in the file, since LibreOffice shows one line of each row otherwise."""

from collections.abc import Iterable
from math import ceil

from xlsxwriter.worksheet import Worksheet

POINTS_OF_A_LINE = 15
MOST_LINES = 27
"""A row is at most 409 points high: what goes beyond is neither seen nor printed."""
_FILLED = 0.9
"""How much of a column's width a line fills on average, as it ends between two words."""


def lines_of(words: str, width: int) -> int:
    """How many lines a text takes in a column of so many characters."""
    return sum(max(1, ceil(len(line) / (width * _FILLED))) for line in words.split("\n"))


def fit_height(page: Worksheet, row: int, cells: Iterable[tuple[str, int]]) -> None:
    """Make a row as high as the longest of its texts needs, each given with the width of its column."""
    lines = max((lines_of(words, width) for words, width in cells), default=1)
    if lines > 1:  # any other is left to grow with what is typed
        page.set_row(row, POINTS_OF_A_LINE * min(lines, MOST_LINES))


def fit_paper(page: Worksheet) -> None:
    """Printed as wide as a page of A4 is long, the heads on each."""
    page.set_paper(9)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
