"""The rooms of the house, opened in order of dependence: their pages and their commands."""

from flask import Flask

from grants.allocation import views as allocation
from grants.appraisal import views as appraisal
from grants.audit import commands as audit_commands
from grants.awards import commands as awards_commands
from grants.awards import views as awards
from grants.bids import views as bids
from grants.bids.people import colleague_views as colleagues
from grants.councils import views as councils
from grants.files import commands as files_commands
from grants.funds import views as funds
from grants.funds.assuming import views as assumptions
from grants.funds.deadlines import extension_views as extensions
from grants.funds.deadlines import holiday_commands
from grants.funds.form import file_views as round_form_file
from grants.funds.form import views as round_form
from grants.funds.places import views as place_scores
from grants.funds.public import eligibility_views as eligibility
from grants.messages import commands as messages_commands
from grants.outcomes import views as outcomes
from grants.people import infected as infected
from grants.people import views as people
from grants.reports import commands as reports_commands
from grants.reports import views as reports

PAGES = (
    *people.blueprints,
    councils.bp,
    funds.bp,
    round_form.bp,
    round_form_file.bp,
    assumptions.bp,
    place_scores.bp,
    eligibility.bp,
    extensions.bp,
    bids.bp,
    colleagues.bp,
    appraisal.bp,
    allocation.bp,
    awards.bp,
    outcomes.bp,
    reports.bp,
)
COMMANDS = (
    *audit_commands.commands,
    *files_commands.commands,
    *messages_commands.commands,
    *holiday_commands.commands,
    *awards_commands.commands,
    *reports_commands.commands,
)


def register_rooms(app: Flask) -> None:
    for pages in PAGES:
        app.register_blueprint(pages)
    for command in COMMANDS:
        app.cli.add_command(command)
