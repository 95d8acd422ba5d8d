"""What a file is called: kept as its owner named it, as far as a name may go into a page, a header or an archive."""

import re
import unicodedata

LONGEST = 200
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # controls, and what turns the direction of writing around
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\\/]')


def cleaned(name: str) -> str:
    """The name without its folders, controls and signs no file system takes; 200 characters at most, ending kept."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _UNSEEN)
    plain = " ".join(_NOT_IN_NAMES.sub(" ", seen).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:LONGEST]
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if len(ending) < 20 else plain[:LONGEST]


def ending(name: str) -> str:
    """`pdf` for `Site plan.PDF`; nothing where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
