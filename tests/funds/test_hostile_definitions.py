"""Definitions that were made to hurt: each is refused in a sentence, and soon."""

import time

import pytest

from grants.funds.definition.node import DefinitionError, load_mapping
from grants.funds.definition.reading import examine

HUGE = "0x" + "F" * 5_000


@pytest.mark.parametrize(
    "typed",
    [
        f"? {HUGE}\n: 1",
        f"mode: {HUGE}",
        f"name: -{HUGE}",
        f"measures: [{{key: a, factor: {HUGE}}}]",
        "years: [" + "1:" * 60_000 + "1]",
        f"headline: {{pounds: {'9' * 5_000}}}",
        "a: " + "{a: " * 30_000,
        "[" * 50_000,
    ],
)
def test_a_number_or_a_depth_that_nobody_can_print_is_refused(typed):
    with pytest.raises(DefinitionError):
        load_mapping(typed)


def test_a_long_sum_in_quotation_marks_is_a_fault_like_any_other():
    faults = examine({"headline": {"pounds": "9" * 5_000 + ".00"}})[1]
    assert "headline.pounds: an amount such as 10 or '10.50' is expected here" in faults


def test_very_many_names_are_looked_through_once():
    began = time.process_time()
    load_mapping("\n".join(f"n{number}: 1" for number in range(20_000)))
    names = time.process_time() - began
    began = time.process_time()
    load_mapping("names:\n" + "\n".join(f"- n{number}" for number in range(20_000)))
    assert names < 6 * (time.process_time() - began) + 1


def test_a_name_that_is_a_list_is_refused():
    with pytest.raises(DefinitionError):
        load_mapping("? [a, b]\n: 1")
