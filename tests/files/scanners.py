"""Virus scanners for tests: a server that speaks the protocol, and the machine's own clamd with one signature."""

import contextlib
import shutil
import socketserver
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from grants.files import clamd

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of the anti-virus industry: harmless, and known to every scanner."""


class _Daemon(socketserver.StreamRequestHandler):
    """As much of clamd as one file needs; `most` bytes are all that it takes."""

    most = 100_000

    def handle(self) -> None:
        command = self.rfile.read(6)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        self.rfile.read(len(b"zINSTREAM\0") - len(command))
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > self.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.wfile.write(b"stream: Test.Eicar FOUND\0" if EICAR in content else b"stream: OK\0")


@contextlib.contextmanager
def daemon() -> Iterator[str]:
    """The address of a scanner that finds EICAR and nothing else."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Daemon)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def clamd_program() -> str | None:
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def real_daemon(folder: Path) -> Iterator[str]:
    """The socket of a real clamd that knows one signature, EICAR's, so that it needs no download and starts at once."""
    program = clamd_program()
    assert program
    (folder / "db").mkdir()
    (folder / "db" / "own.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
    at = folder / "s"
    settings = {"Foreground": "yes", "LocalSocket": at, "DatabaseDirectory": folder / "db", "StreamMaxLength": "1M"}
    (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with subprocess.Popen(
        [program, "-c", folder / "clamd.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        for _ in range(1_200):
            if running.poll() is not None or clamd.answers(str(at)):
                break
            time.sleep(0.05)
        assert running.poll() is None, "clamd ended"
        yield str(at)
        running.terminate()
