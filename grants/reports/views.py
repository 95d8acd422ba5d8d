"""The pages of the reports room."""

from grants.reports import annex_views as annex_views
from grants.reports import programme_views as programme_views
from grants.reports.blueprint import bp as bp
