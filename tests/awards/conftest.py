"""The two annexes of March 2018, read from each of the forms they are kept in."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from grants.awards.papers.members import segment
from grants.awards.papers.names import NamesOn
from grants.awards.papers.reading import read_paper
from grants.councils.register import read_register
from grants.councils.resolver import NameBook

ANNEXES = Path(__file__).parents[1] / "fixtures/awards"


@pytest.fixture(scope="session")
def book():
    return NameBook(read_register())


@pytest.fixture(scope="session")
def names(book):
    return NamesOn(book, read_register().councils, date(2018, 3, 22))


@pytest.fixture(scope="session")
def read(book):
    """Reads a file of the fixtures folder, or the bytes or text given, into papers."""
    split = partial(segment, known_names=book.spellings())

    def read(content, filename="paper.csv"):
        if content == "fixture":
            content = (ANNEXES / filename).read_bytes()
        return read_paper(content.encode() if isinstance(content, str) else content, filename, split)

    return read


@pytest.fixture(scope="session")
def lrf(read):
    [paper] = read("fixture", "lrf_2018.csv")
    return paper


@pytest.fixture(scope="session")
def ope(read):
    [paper] = read("fixture", "ope_2018.csv")
    return paper


@pytest.fixture(scope="session")
def printed(read):
    """Annex A and Annex B out of the report's text."""
    return read("fixture", "report_2018.txt")
