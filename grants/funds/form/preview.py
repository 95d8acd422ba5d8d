"""The form of a definition as rows that are never saved, to be drawn as an applicant will see it."""

from typing import Any

from grants.funds.definition.from_definition import section_of
from grants.funds.definition.reading import examine
from grants.funds.models import Section


def sections_previewed(definition: dict[str, Any]) -> list[Section]:
    """Sections with their questions, numbered as if they were saved. As far as the definition can be read."""
    sections = [section_of(section, place) for place, section in enumerate(examine(definition)[0].sections, start=1)]
    for section in sections:
        section.version_from = 1
        for number, question in enumerate(section.questions, start=1):
            question.id, question.version_from = number, 1
    return sections
