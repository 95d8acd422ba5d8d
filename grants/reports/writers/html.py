"""The annex as a web page that stands alone: no script, no picture, nothing fetched; it reads well and prints well."""

from grants.kernel.documents import environment
from grants.reports.annex_table import AnnexTable, printed


def annex_html(table: AnnexTable) -> bytes:
    """The document in UTF-8: everything escaped, headings scoped, by the macros that our own pages use."""
    page = environment().get_template("reports/annex_document.html")
    return page.render(table=table, rows=printed(table)).encode()
