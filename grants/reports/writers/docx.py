"""The annex as a Word document: A4, headings on every page, no row over two pages, and text that is only ever text.

The parts of the document are templates of ours, filled in with everything escaped and zipped. That is far quicker than
building a table row by row in a library, and nothing in the file depends on the day or the machine it was written on.
"""

import io
import zipfile

from grants.kernel.documents import environment
from grants.kernel.exports import Kind
from grants.kernel.money import share
from grants.reports.annex_table import AnnexTable, printed, widths

PARTS = {
    "[Content_Types].xml": "content_types.xml",
    "_rels/.rels": "package_rels.xml",
    "word/document.xml": "document.xml",
    "word/_rels/document.xml.rels": "document_rels.xml",
    "word/styles.xml": "styles.xml",
    "word/settings.xml": "settings.xml",
    "word/footer1.xml": "footer.xml",
    "docProps/core.xml": "core.xml",
}
A4_TWIPS = (11906, 16838)
MARGIN_TWIPS = 907  # 16 mm


def annex_docx(table: AnnexTable) -> bytes:
    """The document, dated `as_at`. Its only fields are the page numbers at the foot, which are ours."""
    paper = A4_TWIPS[::-1] if table.is_wide else A4_TWIPS
    line = paper[0] - 2 * MARGIN_TWIPS
    parts = environment()
    values = {
        "table": table,
        "rows": printed(table),
        "styles": ["MoneyCell" if column.kind is Kind.MONEY else "Cell" for column in table.columns],
        "widths": share(line, widths(table)),
        "paper": paper,
        "margin": MARGIN_TWIPS,
        "line": line,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, template in PARTS.items():
            part = parts.get_template(f"print/annex_docx/{template}").render(values)
            package.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return file.getvalue()
