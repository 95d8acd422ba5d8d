"""Asking ClamAV's daemon about one file, over its own protocol (INSTREAM, clamd(8)).

The address is `tcp://host:port` or the path of a local socket. The file is sent as it is read; it lies nowhere else.
"""

import socket
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 120
"""For each step: a large archive takes the daemon some time."""
_LONGEST_ANSWER = 4096


class Silent(Exception):
    """The scanner does not answer. It may later."""


class Unscanned(Exception):
    """The scanner answers, and cannot look at this file: it is larger than it takes, say."""


def place(address: str) -> tuple[str, int] | str:
    """(host, port), or the path of a socket. ValueError for anything else."""
    if address.startswith("/"):
        return address
    parts = urlsplit(address)
    if parts.scheme != "tcp" or not parts.hostname or not parts.port:
        raise ValueError(f"{address!r} is neither tcp://host:port nor the path of a socket")
    return parts.hostname, parts.port


def answers(address: str) -> bool:
    try:
        return _asked(address, b"zPING\0", ()) == "PONG"
    except Silent:
        return False


def found_in(address: str, content: Iterable[bytes]) -> str:
    """The name of what is in the file, nothing if it is clean. Silent or Unscanned where that cannot be said."""
    said = _asked(address, b"zINSTREAM\0", content).removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise Unscanned(said or "It gave no answer.")


def _asked(address: str, command: bytes, content: Iterable[bytes]) -> str:
    try:
        with _connected(address) as line:
            line.sendall(command)
            _send(line, content)
            return _answer(line)
    except OSError as fault:
        raise Silent(f"{type(fault).__name__}: {fault}") from fault


def _connected(address: str) -> socket.socket:
    where = place(address)
    if isinstance(where, tuple):
        line = socket.create_connection(where, timeout=_CONNECT_SECONDS)
    else:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(_CONNECT_SECONDS)
        try:
            line.connect(where)
        except OSError:
            line.close()
            raise
    line.settimeout(_ANSWER_SECONDS)
    return line


def _send(line: socket.socket, content: Iterable[bytes]) -> None:
    """Each piece after its length, nought at the end. A daemon that has heard enough hangs up: its answer says why."""
    sent = False
    try:
        for piece in content:
            sent = True
            line.sendall(struct.pack("!I", len(piece)) + piece)
        if sent:
            line.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        return


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER and (piece := line.recv(_LONGEST_ANSWER)):
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
