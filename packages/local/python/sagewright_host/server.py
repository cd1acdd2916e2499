"""The parent's loop: JSON lines from Node, one fork per job, exit reports back. It never runs a job's code."""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import sys
from typing import Any, Callable, NamedTuple, Optional

from . import job as job_module
from .job import Host, Job
from .logs import LogPump


# A fork costs milliseconds; it is made in advance when nothing else has happened for this long.
_QUIET_SECONDS = 0.004


class _Child(NamedTuple):
    """A forked child that waits for its job."""

    pid: int
    order: int
    ready: int
    output: int

    def command(self, job: Job) -> str:
        """Hand over the job and wait until its code is about to run.

        Returns:
            An empty text, or the reason why it cannot run.
        """
        reason = b""
        try:
            data = json.dumps(job).encode()
            while data:
                data = data[os.write(self.order, data) :]
            os.close(self.order)
            while chunk := os.read(self.ready, 4096):
                reason += chunk
        except BrokenPipeError:
            os.close(self.order)
            reason = b"the waiting process was ended by someone else"
        os.close(self.ready)
        return reason.decode(errors="replace")

    def dismiss(self) -> None:
        """Let the child end without a job."""
        for descriptor in (self.order, self.ready, self.output):
            os.close(descriptor)
        os.waitpid(self.pid, 0)


class Server:
    """Runs jobs as children and reports on them until its input ends."""

    def __init__(self, reader: int, writer: int, host: Host, fork: bool) -> None:
        """Take over the two ends of the conversation with Node.

        Args:
            reader: descriptor that carries requests, one JSON document a line.
            writer: descriptor that takes events, one JSON document a line.
            host: facts for the jobs.
            fork: False makes every job a fresh interpreter.
        """
        self._reader, self._writer, self._host, self._fork = reader, writer, host, fork
        self._ids: dict[int, int] = {}
        self._pumps: dict[int, LogPump] = {}
        self._selector = selectors.DefaultSelector()
        self._spare: Optional[_Child] = None
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)

    def serve(self) -> None:
        """Answer requests until the input ends (Node closed it, or died), then end every job and return."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()
        self._selector.register(self._reader, selectors.EVENT_READ)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        pending = b""
        open_input = True
        while open_input:
            events = self._selector.select(None if self._spare or not self._fork else _QUIET_SECONDS)
            if not events and self._spare is None:
                self._spare = self._fork_child()
            for key, _ in events:
                if key.data is not None:
                    if not key.data.pump():
                        self._selector.unregister(key.fd)
                    continue
                if key.fd == self._wake_reader:
                    _drain(self._wake_reader)
                    continue
                chunk = os.read(self._reader, 1 << 16)
                if not chunk:
                    open_input = False
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    self._handle(json.loads(line))
            self._reap()
        for pid in list(self._ids):
            _signal_group(pid, signal.SIGKILL)
        if self._spare:
            self._spare.dismiss()

    def _handle(self, request: dict[str, Any]) -> None:
        if request["op"] == "start":
            self._start(request["id"], request["job"])
        elif request["op"] == "signal":
            for pid, identity in self._ids.items():
                if identity == request["id"]:
                    _signal_group(pid, request["signal"])

    def _start(self, identity: int, job: Job) -> None:
        child = self._spare or self._fork_child()
        self._spare = None
        try:
            pump = LogPump(child.output, job["logFile"])
        except OSError as error:
            child.dismiss()
            self._tell({"event": "failed", "id": identity, "message": str(error)})
            return
        self._ids[child.pid] = identity
        self._pumps[child.pid] = pump
        self._selector.register(pump.reader, selectors.EVENT_READ, pump)
        reason = child.command(job)
        if reason:
            self._tell({"event": "failed", "id": identity, "message": reason})
        else:
            self._tell({"event": "started", "id": identity, "pid": child.pid})

    def _fork_child(self) -> _Child:
        """Fork a child that waits for its job."""
        order_reader, order_writer = os.pipe()
        ready_reader, ready_writer = os.pipe()
        output_reader, output_writer = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.dup2(output_writer, 1)
            os.dup2(output_writer, 2)
            self._become(parent, order_reader, ready_writer)
        for descriptor in (order_reader, ready_writer, output_writer):
            os.close(descriptor)
        return _Child(pid, order_writer, ready_reader, output_reader)

    def _become(self, parent: int, order_reader: int, ready_writer: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        _end_with(parent)
        # Nothing of the conversation with Node, nor another job's output, stays open here.
        first, second = sorted((order_reader, ready_writer))
        os.closerange(3, first)
        os.closerange(first + 1, second)
        os.closerange(second + 1, 4096)
        order = b""
        while chunk := os.read(order_reader, 1 << 16):
            order += chunk
        os.close(order_reader)
        if not order:
            os._exit(0)
        job: Job = json.loads(order)

        def ready(reason: str) -> None:
            os.write(ready_writer, reason.encode()[:4000])
            os.close(ready_writer)

        if self._fork:
            job_module.run(job, self._host, ready)
        _fresh_interpreter(job, self._host, ready)

    def _reap(self) -> None:
        for pid in list(self._ids):
            # The group is ended while the leader's number still cannot be given to another process.
            if not _has_exited(pid):
                continue
            _signal_group(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            code: Optional[int] = os.waitstatus_to_exitcode(status)
            name = None
            if code is not None and code < 0:
                code, name = None, signal.Signals(-code).name
            self._finish_log(pid)
            unit = 1 if sys.platform == "darwin" else 1024
            self._tell(
                {
                    "event": "exited",
                    "id": self._ids.pop(pid),
                    "code": code,
                    "signal": name,
                    "cpuSeconds": round(usage.ru_utime + usage.ru_stime, 6),
                    "maxMemoryBytes": usage.ru_maxrss * unit,
                }
            )

    def _finish_log(self, pid: int) -> None:
        pump = self._pumps.pop(pid)
        if pump.reader in self._selector.get_map():
            self._selector.unregister(pump.reader)
        pump.close()

    def _tell(self, event: dict[str, Any]) -> None:
        tell(self._writer, event)


def tell(writer: int, event: dict[str, Any]) -> None:
    """Write one event as one line; a reader that is gone is not an error, the input's end says so soon."""
    data = json.dumps(event).encode() + b"\n"
    try:
        while data:
            data = data[os.write(writer, data) :]
    except BrokenPipeError:
        pass


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        pass


def _has_exited(pid: int) -> bool:
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    # Without waitid, a zombie is told from a running process by ps-free means: it can no longer be in a session.
    try:
        os.getsid(pid)
        return False
    except (ProcessLookupError, PermissionError):
        return True


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _end_with(parent: int) -> None:
    if sys.platform.startswith("linux"):
        from . import linux

        linux.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _fresh_interpreter(job: Job, host: Host, ready: Callable[[str], None]) -> None:
    """Replace this process by a new interpreter that runs the same job; its set-up errors go to the log."""
    order = os.path.join(job["temporary"], ".job.json")
    with open(order, "w", encoding="utf-8") as file:
        json.dump({"job": job, "isolation": host["isolation"], "keep": host["keep"]}, file)
    ready("")
    script = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "host.py")
    os.execv(sys.executable, [sys.executable, "-B", script, "--job", order])
