"""The process beside the web server: does long work and sends the mail. Several of them share the work."""

import os
import signal
import time
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from grants.bids.tasks import clear_now_and_then, remind_now_and_then
from grants.files.tasks import scan_waiting
from grants.kernel import clock, jobs
from grants.messages.operations import send_waiting

_IDLE_SECONDS = 1.0
_SECONDS_AFTER_A_FAULT = 5.0

_DUTIES: tuple[Callable[[datetime], int], ...] = (
    jobs.run_next,
    send_waiting,
    scan_waiting,
    remind_now_and_then,
    clear_now_and_then,
)


class Worker:
    """Goes on until it is told to stop, or, where `parent` is given, until that process is gone.

    What has been begun is ended first. A fault is logged and does not end the worker.
    """

    def __init__(self, app: Flask, *, parent: int | None = None) -> None:
        self.app = app
        self.parent = parent
        self.stopping = False

    def work(self) -> None:
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, self._stop)
        while not self.stopping and self.parent in (None, os.getppid()):
            pause = self.turn()
            if pause and not self.stopping:
                time.sleep(pause)

    def turn(self) -> float:
        """Do each duty once; how many seconds to wait before the next turn."""
        pauses = [self._do(duty) for duty in _DUTIES]
        faults = [pause for pause in pauses if pause > _IDLE_SECONDS]
        return max(faults) if faults else min(pauses)

    def _do(self, duty: Callable[[datetime], int]) -> float:
        try:
            with self.app.app_context():
                return 0.0 if duty(clock.now()) else _IDLE_SECONDS
        except Exception:
            self.app.logger.exception("The worker met a fault and goes on.")
            return _SECONDS_AFTER_A_FAULT

    def _stop(self, _signal: int, _frame: object) -> None:
        self.stopping = True
