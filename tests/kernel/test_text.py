"""What text is fit to be kept."""

import unicodedata

from grants.kernel.text import unfit


def test_control_characters_and_halves_of_pairs_are_unfit_and_nothing_else_is():
    for character in map(chr, range(0x1_1000)):
        bad = unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff"
        assert bool(unfit(f"a{character}b")) is (bad and character not in "\n\t"), hex(ord(character))


def test_the_first_unfit_character_is_named():
    assert unfit("one\0two\ud800") == "U+0000"
    assert unfit("🏠 – “quoted”\tand\nmore") is None
