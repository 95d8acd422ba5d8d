"""Everything that changes a bid, for its own pages and for other rooms. Each verb lives where its like are."""

from grants.bids.answers.answering import answer, save_section, save_while_typing
from grants.bids.answers.file_answers import drop_file, put_file, take_off
from grants.bids.handing_in.attaching import attach, attached_before, check_room, describe, remove_attachment
from grants.bids.handing_in.board import attach_minute, note_board_day
from grants.bids.handing_in.submitting import move, send_back, send_for_sign_off, sign, submit, withdraw
from grants.bids.projects.milestones import set_milestones
from grants.bids.projects.operations import add_project, edit_project, remove_project, set_funding, set_outcomes
from grants.bids.projects.order import copy_project, move_project
from grants.bids.projects.risks import add_risk, edit_risk, remove_risk
from grants.bids.projects.sites import add_site, edit_site, remove_site
from grants.bids.projects.value import set_bases, set_values
from grants.bids.together.commenting import comment, reopen_comment, settle_comment
from grants.bids.together.giving import finish_task, give_task, take_back_task
from grants.bids.writing import change_details, start

__all__ = [
    "add_project",
    "add_risk",
    "add_site",
    "answer",
    "attach",
    "attach_minute",
    "attached_before",
    "change_details",
    "check_room",
    "comment",
    "copy_project",
    "describe",
    "drop_file",
    "edit_project",
    "edit_risk",
    "edit_site",
    "finish_task",
    "give_task",
    "move",
    "move_project",
    "note_board_day",
    "put_file",
    "remove_attachment",
    "remove_project",
    "remove_risk",
    "remove_site",
    "reopen_comment",
    "save_section",
    "save_while_typing",
    "send_back",
    "send_for_sign_off",
    "set_bases",
    "set_funding",
    "set_milestones",
    "set_outcomes",
    "set_values",
    "settle_comment",
    "sign",
    "start",
    "submit",
    "take_back_task",
    "take_off",
    "withdraw",
]
