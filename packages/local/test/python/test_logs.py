"""Lines of a job's log and their times."""

from __future__ import annotations

import os
import re
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from sagewright_host.logs import LogPump  # noqa: E402

LINE = re.compile(rb"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z (.*)$", re.DOTALL)


def written(path: Path) -> list[bytes]:
    matches = [LINE.match(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return [match.group(2) for match in matches if match]


def pump(path: Path, *chunks: bytes) -> list[bytes]:
    reader, writer = os.pipe()
    logs = LogPump(reader, str(path))
    for chunk in chunks:
        os.write(writer, chunk)
        assert logs.pump()
    os.close(writer)
    assert not logs.pump()
    logs.close()
    return written(path)


def test_every_line_gets_its_time(tmp_path: Path) -> None:
    before = time.time()
    assert pump(tmp_path / "log", b"one\ntwo\n") == [b"one", b"two"]
    stamp = LINE.match((tmp_path / "log").read_bytes().split(b"\n")[0])
    assert stamp is not None
    moment = datetime.fromisoformat(stamp.group(1).decode()).replace(tzinfo=timezone.utc).timestamp()
    assert before - 0.002 <= moment <= time.time()


def test_lines_cut_by_the_pipe_are_put_together_and_the_last_one_is_ended(tmp_path: Path) -> None:
    assert pump(tmp_path / "log", b"par", b"tial\nunfin", b"ished") == [b"partial", b"unfinished"]


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    assert pump(tmp_path / "log", b"\xff\xfe\r\n\n") == [b"\xff\xfe\r", b""]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    lines = pump(tmp_path / "log", *[b"x" * 60_000] * 40)
    assert b"".join(lines) == b"x" * 2_400_000
    assert len(lines) > 1


def test_an_earlier_log_is_continued(tmp_path: Path) -> None:
    pump(tmp_path / "log", b"first\n")
    assert pump(tmp_path / "log", b"second\n") == [b"first", b"second"]
