"""How gunicorn serves the product: `gunicorn -c grants/serving.py wsgi:app`.

The code is loaded once and shared by the workers, which fork from it. Beside them runs the worker for long work and
mail, as a process of its own that is started again if it dies and goes when the server goes.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

PORT = os.environ.get("PORT", "8000")
ROOT = Path(__file__).resolve().parent.parent

bind = os.environ.get("BIND", f"127.0.0.1:{PORT}")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = 4
preload_app = True
chdir = str(ROOT)
# A page takes milliseconds, a file of 25 MB over a slow line a minute; the heartbeat of a threaded worker goes on
# meanwhile, so this only ends a process that hangs as a whole.
timeout = 60
graceful_timeout = 30
keepalive = 5
control_socket_disable = True
accesslog = os.environ.get("ACCESS_LOG") or None
forwarded_allow_ips = "127.0.0.1"
loglevel = os.environ.get("LOG_LEVEL", "warning")

_PAUSE_BEFORE_A_NEW_WORKER = 2.0


class _Helper:
    """The process for long work and mail."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.stopping = False

    def start(self) -> None:
        self._spawn()
        threading.Thread(target=self._keep, daemon=True).start()

    def _spawn(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "work", "--parent", str(os.getpid())]
        self.process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own command

    def _keep(self) -> None:
        while not self.stopping:
            assert self.process is not None
            self.process.wait()
            if not self.stopping:
                time.sleep(_PAUSE_BEFORE_A_NEW_WORKER)
            if not self.stopping:
                self._spawn()

    def stop(self) -> None:
        """It ends the job it is at, and is ended if that takes too long: the next worker then begins the job again."""
        self.stopping = True
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(graceful_timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()


_helper = _Helper()


def on_starting(_server: Any) -> None:
    """Refuse to serve what is not ready; the code is loaded by now and nothing listens yet."""
    from grants.config import Misconfigured
    from grants.readiness import check_ready
    from wsgi import app

    try:
        check_ready(app)
    except Misconfigured as fault:
        sys.exit(f"Not started. {fault}")


def when_ready(_server: Any) -> None:
    from wsgi import app

    _helper.start()
    say = sys.stdout.write
    say(f"\nServing on http://{bind}\n")
    if not app.config["PRODUCTION"]:
        say(_who_can_sign_in(Path(app.config["INSTANCE"]) / "demo-people.json"))
    sys.stdout.flush()


def _who_can_sign_in(file: Path) -> str:
    """One line for each of the demo's people: role, e-mail address, password."""
    if not file.exists():
        return ""
    people = json.loads(file.read_text("utf-8"))
    widths = [max(len(str(person[part])) for person in people) for part in ("role", "email", "password")]
    lines = [
        "  ".join(
            str(person[part]).ljust(width) for part, width in zip(("role", "email", "password"), widths, strict=True)
        )
        for person in people
    ]
    return "\nWho can sign in (invented people):\n" + "\n".join(f"  {line.rstrip()}" for line in lines) + "\n\n"


def on_exit(_server: Any) -> None:
    _helper.stop()
