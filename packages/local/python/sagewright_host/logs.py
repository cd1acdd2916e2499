"""A job's output on its way to its log file: every line gets the time at which it was read."""

from __future__ import annotations

import os
import time

_LONGEST_LINE_BYTES = 1 << 20


class LogPump:
    """Carries one job's output from a pipe to a file of lines `2026-11-21T07:50:00.123Z message`."""

    def __init__(self, reader: int, log_file: str) -> None:
        """Start with the reading end of the pipe, which this object owns from now on.

        Args:
            reader: descriptor of the pipe.
            log_file: lines are appended here; the file is made when missing.

        Raises:
            OSError: when the log file cannot be opened.
        """
        self.reader = reader
        os.set_blocking(reader, False)
        self._log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._partial = b""

    def pump(self) -> bool:
        """Move what the pipe holds.

        Returns:
            False once every writer has closed the pipe.
        """
        while True:
            try:
                chunk = os.read(self.reader, 1 << 16)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self._write(chunk)

    def close(self) -> None:
        """Move what is left, end an unfinished line, and let go of pipe and file."""
        self.pump()
        if self._partial:
            self._write(b"\n")
        os.close(self.reader)
        os.close(self._log)

    def _write(self, chunk: bytes) -> None:
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        if len(self._partial) > _LONGEST_LINE_BYTES:
            lines.append(self._partial)
            self._partial = b""
        if not lines:
            return
        now = time.time_ns() // 1_000_000
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 1000))
        prefix = f"{moment}.{now % 1000:03d}Z ".encode()
        data = b"".join(prefix + line + b"\n" for line in lines)
        while data:
            try:
                data = data[os.write(self._log, data) :]
            except OSError:
                # A full disk must not stop the job; the job's own writes will say what is wrong.
                return
