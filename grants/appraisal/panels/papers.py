"""A meeting's papers as files: a tagged PDF, and a Word document to write in. Their words are a Pack's."""

import io
import zipfile
from typing import Any

from grants.appraisal.panels.pack import Pack
from grants.appraisal.panels.pack_tables import Table
from grants.kernel.documents import environment
from grants.kernel.paper import paper

_SHARED = {
    "[Content_Types].xml": "annex_docx/content_types.xml",
    "_rels/.rels": "annex_docx/package_rels.xml",
    "word/_rels/document.xml.rels": "annex_docx/document_rels.xml",
    "word/styles.xml": "annex_docx/styles.xml",
    "word/settings.xml": "annex_docx/settings.xml",
    "word/footer1.xml": "annex_docx/footer.xml",
    "docProps/core.xml": "annex_docx/core.xml",
}
"""The house's Word document, as annexes have it; only the pages themselves are other ones."""
_PARTS = {**_SHARED, "word/document.xml": "pack_docx/document.xml"}
_LONG, _SHORT, _MARGIN = 16838, 11906, 907  # twips: A4 on its side, 16 mm all round

GREYS = ("F7F9FB", "E1E8EF", "C8D5E1", "AEC1D3", "94ADC5")
"""Of the five shades; black words on the darkest have a contrast of 9 to 1, and printed in grey they stay apart."""


def pack_pdf(pack: Pack) -> bytes:
    content = {
        "title": pack.title,
        "caption": pack.round_name,
        "foot": pack.foot,
        "year": pack.as_at.year,
        "month": pack.as_at.month,
        "day": pack.as_at.day,
        "facts": [list(fact) for fact in pack.facts],
        "shades": [f"#{grey}" for grey in GREYS],
        "tables": [_plain(table) for table in pack.tables],
        "notes": [],
    }
    return paper("pack", content, at=pack.made_at)


def _plain(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "intro": table.intro,
        "otherwise": "" if table.rows else table.otherwise,
        "widths": table.widths,
        "headings": [{"label": heading.label, "number": heading.number} for heading in table.headings],
        "rows": [[{"words": cell.words, "shade": cell.shade} for cell in row] for row in table.rows],
    }


def pack_docx(pack: Pack) -> bytes:
    line = _LONG - 2 * _MARGIN
    values = {
        "table": pack,  # the shared parts name their document so
        "pack": pack,
        "widths": [[line * width // 100 for width in table.widths] for table in pack.tables],
        "fact_widths": [3000, line - 3000],
        "greys": GREYS,
        "paper": (_LONG, _SHORT),
        "margin": _MARGIN,
        "line": line,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, template in _PARTS.items():
            part = environment().get_template(f"print/{template}").render(values)
            package.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return file.getvalue()
