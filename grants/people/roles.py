"""The roles of the field, and what each permits. A route asks for one permission; a role grants several."""

from enum import StrEnum


class Role(StrEnum):
    BID_AUTHOR = "bid_author"
    BID_COORDINATOR = "bid_coordinator"
    SECTION_151_OFFICER = "section_151_officer"
    COLLEAGUE = "colleague"
    """Someone of a council who sees only the bids to which they were invited."""
    COUNCIL_ADMINISTRATOR = "council_administrator"
    ELIGIBILITY_CHECKER = "eligibility_checker"
    APPRAISER = "appraiser"
    MODERATOR = "moderator"
    PROGRAMME_MANAGER = "programme_manager"
    FINANCE_OFFICER = "finance_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return "Section 151 officer" if self is Role.SECTION_151_OFFICER else self.value.replace("_", " ").capitalize()


COUNCIL_ROLES = frozenset(
    {Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER, Role.COLLEAGUE, Role.COUNCIL_ADMINISTRATOR}
)
"""Held for one council at a time. All other roles are the programme's own."""

JUDGES = frozenset({Role.APPRAISER, Role.MODERATOR})
READERS_OF_ALL = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
"""They read the whole audit trail, scores and conflicts included, and so may not judge bids as well."""


class Permission(StrEnum):
    PUBLIC = "public"
    """No sign-in asked."""
    SIGNED_IN = "signed_in"
    """Anyone who has signed in, whatever the role."""

    ROUND_READ = "round_read"
    ROUND_MANAGE = "round_manage"
    BID_READ = "bid_read"
    BID_WRITE = "bid_write"
    BID_SUBMIT = "bid_submit"
    BID_SIGN = "bid_sign"
    BID_DISCUSS = "bid_discuss"
    """Write to the other side, council or programme, about a bid."""
    CLARIFICATION_ASK = "clarification_ask"
    BIDS_INVITE = "bids_invite"
    """Invite or decline expressions of interest."""
    BIDS_TAKE_IN = "bids_take_in"
    """Have late bids judged at an assessment point."""
    EXTENSION_ASK = "extension_ask"
    EXTENSION_APPROVE = "extension_approve"
    PARTNERSHIP_EDIT = "partnership_edit"
    COUNCIL_PEOPLE_MANAGE = "council_people_manage"
    COLLEAGUE_INVITE = "colleague_invite"
    """Ask somebody by e-mail to help with a bid."""
    ELIGIBILITY_CHECK = "eligibility_check"
    APPRAISERS_ASSIGN = "appraisers_assign"
    BID_SCORE = "bid_score"
    MODERATE = "moderate"
    VALUE_JUDGE = "value_judge"
    """Work out and judge what a project is worth for the money."""
    FLAG_RAISE = "flag_raise"
    PANEL_HOLD = "panel_hold"
    """Call panel meetings and write their minutes."""
    FEEDBACK_WRITE = "feedback_write"
    FEEDBACK_APPROVE = "feedback_approve"
    RANKING_READ = "ranking_read"
    DECISION_PROPOSE = "decision_propose"
    DECISION_CONFIRM = "decision_confirm"
    DECISION_READ = "decision_read"
    ANNOUNCE = "announce"
    AWARD_READ = "award_read"
    AWARD_OFFER = "award_offer"
    AWARD_ACCEPT = "award_accept"
    AWARDS_IMPORT = "awards_import"
    NAMES_SETTLE = "names_settle"
    RETURN_READ = "return_read"
    RETURN_WRITE = "return_write"
    RETURN_SIGN = "return_sign"
    RETURN_VALIDATE = "return_validate"
    REPORTS_READ = "reports_read"
    PEOPLE_MANAGE = "people_manage"
    AUDIT_READ = "audit_read"


_P = Permission
_COUNCIL_READS = {_P.ROUND_READ, _P.BID_READ, _P.AWARD_READ, _P.RETURN_READ}
_PROGRAMME_READS = {_P.ROUND_READ, _P.BID_READ, _P.AWARD_READ, _P.RETURN_READ, _P.REPORTS_READ}

_PERMITTED: dict[Role, frozenset[Permission]] = {
    Role.BID_AUTHOR: frozenset(_COUNCIL_READS | {_P.BID_WRITE, _P.BID_DISCUSS, _P.RETURN_WRITE}),
    Role.BID_COORDINATOR: frozenset(
        _COUNCIL_READS
        | {_P.BID_WRITE, _P.BID_DISCUSS, _P.BID_SUBMIT, _P.RETURN_WRITE, _P.PARTNERSHIP_EDIT, _P.COLLEAGUE_INVITE}
    ),
    Role.SECTION_151_OFFICER: frozenset(_COUNCIL_READS | {_P.BID_SIGN, _P.AWARD_ACCEPT, _P.RETURN_SIGN}),
    Role.COLLEAGUE: frozenset({_P.ROUND_READ, _P.BID_READ, _P.BID_WRITE}),
    Role.COUNCIL_ADMINISTRATOR: frozenset({_P.ROUND_READ, _P.BID_READ, _P.COUNCIL_PEOPLE_MANAGE, _P.COLLEAGUE_INVITE}),
    Role.ELIGIBILITY_CHECKER: frozenset(
        {_P.ROUND_READ, _P.BID_READ, _P.ELIGIBILITY_CHECK, _P.CLARIFICATION_ASK, _P.VALUE_JUDGE, _P.FLAG_RAISE}
    ),
    Role.APPRAISER: frozenset({_P.ROUND_READ, _P.BID_SCORE}),
    Role.MODERATOR: frozenset(
        {_P.ROUND_READ, _P.BID_READ, _P.MODERATE, _P.RANKING_READ} | {_P.FLAG_RAISE, _P.PANEL_HOLD, _P.FEEDBACK_WRITE}
    ),
    Role.PROGRAMME_MANAGER: frozenset(
        _PROGRAMME_READS
        | {_P.ROUND_MANAGE, _P.APPRAISERS_ASSIGN, _P.RANKING_READ, _P.DECISION_READ, _P.DECISION_PROPOSE}
        | {_P.BID_DISCUSS, _P.CLARIFICATION_ASK, _P.BIDS_INVITE, _P.BIDS_TAKE_IN}
        | {_P.FLAG_RAISE, _P.PANEL_HOLD, _P.FEEDBACK_WRITE, _P.FEEDBACK_APPROVE}
        | {_P.EXTENSION_ASK, _P.EXTENSION_APPROVE, _P.PARTNERSHIP_EDIT}
        | {_P.DECISION_CONFIRM, _P.ANNOUNCE, _P.AWARD_OFFER, _P.AWARDS_IMPORT, _P.NAMES_SETTLE, _P.RETURN_VALIDATE}
    ),
    Role.FINANCE_OFFICER: frozenset(_PROGRAMME_READS | {_P.RANKING_READ, _P.DECISION_READ, _P.DECISION_CONFIRM}),
    Role.AUDITOR: frozenset(_PROGRAMME_READS | {_P.RANKING_READ, _P.DECISION_READ, _P.AUDIT_READ}),
    Role.ADMINISTRATOR: frozenset({_P.ROUND_READ, _P.PEOPLE_MANAGE, _P.NAMES_SETTLE, _P.AUDIT_READ}),
}


def permissions_of(role: Role) -> frozenset[Permission]:
    return _PERMITTED[role]
