"""What is read out of an award paper: its rows, what was odd about them, and why a paper was turned away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from grants.councils.resolver import normalise
from grants.kernel.errors import Refused


class PaperError(Refused):
    """The paper cannot be loaded. `row` is the line or sheet row at fault, counted from 1 in the file as it came."""

    def __init__(self, sentence: str, row: int | None = None) -> None:
        super().__init__(sentence)
        self.row = row


class PaperKind(StrEnum):
    COUNCIL_PROJECTS = "council_projects"
    """Council, project and one column for each financial year."""
    PARTNERSHIPS = "partnerships"
    """Partnership, lead council, member authorities and one sum."""


class WarningCode(StrEnum):
    """One code for each kind of oddity met in a paper. Nothing that is warned of has been silently repaired."""

    # The file and its table
    NOT_UTF8 = "not_utf8"
    TAB_SEPARATED_TEXT = "tab_separated_text"
    YEAR_RANGE_BROKEN = "year_range_broken"
    TABLE_LEFT_OUT = "table_left_out"
    COLUMN_LEFT_OUT = "column_left_out"
    UNEVEN_COLUMNS = "uneven_columns"
    HEADER_REPEATED = "header_repeated"
    TOTAL_ROW_LEFT_OUT = "total_row_left_out"
    NO_REFERENCE_COLUMN = "no_reference_column"
    ROW_SPLIT_BY_PAGE_BREAK = "row_split_by_page_break"
    BLANK_LINE_IN_BLOCK = "blank_line_in_block"
    NAME_CARRIED_DOWN = "name_carried_down"
    DUPLICATE_ROW = "duplicate_row"

    # The money
    ZERO_TYPED = "zero_typed"
    YEAR_WITHOUT_AWARD = "year_without_award"
    HEADLINE_GAP = "headline_gap"
    TOTAL_DIFFERS_FROM_PRESS = "total_differs_from_press"
    COUNT_DIFFERS_FROM_PRESS = "count_differs_from_press"
    ODD_POUNDS = "odd_pounds"
    PAID_TWICE = "paid_twice"

    # Names of councils
    NAME_WITHOUT_DESIGNATION = "name_without_designation"
    NAME_VARIANT = "name_variant"
    NAME_UNSETTLED = "name_unsettled"
    JOINT_NAME = "joint_name"
    NOT_A_COUNCIL = "not_a_council"
    NOT_A_STATUTORY_BODY = "not_a_statutory_body"
    SUSPECTED_MISSPELLING = "suspected_misspelling"
    MISSING_FROM_OTHER_ANNEX = "missing_from_other_annex"

    # Titles of projects
    TITLE_TRUNCATED = "title_truncated"
    IRREGULAR_TYPING = "irregular_typing"
    NOT_A_SITE_NAME = "not_a_site_name"
    SEVERAL_SITES_IN_ONE_ROW = "several_sites_in_one_row"
    PLACE_OUTSIDE_AWARDEE = "place_outside_awardee"
    COUNCIL_NAMED_IN_PROJECT = "council_named_in_project"
    POSTCODE_IN_TITLE = "postcode_in_title"

    # Partnerships, leads and members
    NO_PARTNERSHIP_OR_LEAD = "no_partnership_or_lead"
    PARTNERSHIP_NAMED_LIKE_PROJECT = "partnership_named_like_project"
    PARTNERSHIP_NAMED_LIKE_AUTHORITY = "partnership_named_like_authority"
    LEAD_MISSING = "lead_missing"
    LEAD_NOT_A_MEMBER = "lead_not_a_member"
    LEAD_UNEXPECTED = "lead_unexpected"
    TWO_LEADS = "two_leads"
    STARRED_LEAD = "starred_lead"
    STARRED_MEMBER = "starred_member"
    STAR_NOT_REPEATED = "star_not_repeated"
    IN_TWO_PARTNERSHIPS_WITHOUT_STAR = "in_two_partnerships_without_star"
    MEMBER_LISTED_TWICE = "member_listed_twice"
    MEMBERS_MISSING = "members_missing"
    NAME_RUN_TOGETHER = "name_run_together"
    SPLIT_UNSURE = "split_unsure"
    SHORT_LIST = "short_list"
    OTHER_MEMBER_MEANT = "other_member_meant"


@dataclass(frozen=True)
class PaperWarning:
    """One oddity. `line` is the line or sheet row in the file, 0 for the paper as a whole; `subject` is the name, title
    or heading that it is about, as printed."""

    code: WarningCode
    line: int
    text: str
    subject: str = ""


@dataclass(frozen=True)
class PaperRow:
    """One award as the paper prints it."""

    position: int
    """1, 2, 3 … in the paper's order."""
    line: int
    """Where it begins in the file; a sheet's row for a workbook."""
    source_text: str
    """Every physical line it was read from, as in the file; a sheet's cells with tabs between."""
    recipient: str
    """Council or partnership, carried down from the row that printed it."""
    project: str
    """The title, unchanged; "" in a paper of partnerships."""
    lead: str
    """The lead council as printed: "" if blank, "N/A" where the paper says so."""
    members: tuple[str, ...]
    """As printed, stars and repeats included."""
    amounts: Mapping[int, int] = field(hash=False)
    """Pence by the year in which the financial year begins. A year without an award is absent, never 0. Empty in a
    paper of partnerships."""
    total_pence: int
    occurrence: int = 1
    """2, 3 … where an earlier row bears the same names: the last part of the row's identity."""


def identity(recipient: str, project: str, lead: str, members: Sequence[str]) -> tuple[str, str]:
    """What tells one award of a paper from another: the names on its row, however spaced, cased or typeset.

    A row without a lead council ("N/A") is an award to its member, so there the member tells it apart.
    """
    return normalise(recipient), normalise(project or (" ".join(members) if lead.casefold() == "n/a" else ""))


def fingerprint(row: PaperRow) -> str:
    """The row's identity as 64 hexadecimal digits: the same in every format and every later version of the paper.

    Money and place in the paper are no part of it, so an altered sum is seen as a change of the same award.
    """
    names = identity(row.recipient, row.project, row.lead, row.members)
    return sha256("\x1f".join((*names, str(row.occurrence))).encode()).hexdigest()


@dataclass(frozen=True)
class Paper:
    """One table of awards."""

    kind: PaperKind
    title: str
    """The heading above the table, or the sheet's name; "" if there is none."""
    years: tuple[int, ...]
    """The years in which the headed financial years begin, in the paper's order; () for partnerships."""
    rows: tuple[PaperRow, ...]
    warnings: tuple[PaperWarning, ...]
    """What reading alone could tell; `paper_checks.inspect` says the rest."""
    sha256: str
    """Of the file's bytes, in hexadecimal."""

    @property
    def total_pence(self) -> int:
        return sum(row.total_pence for row in self.rows)
