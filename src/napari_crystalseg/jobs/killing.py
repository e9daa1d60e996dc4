"""Ending a process and all that it started, and what its end says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def kill_tree(popen: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it started itself, such as the workers of a library."""
    if popen.poll() is None:
        kill_offspring(popen.pid)
        popen.kill()


def kill_offspring(pid: int) -> None:
    """Kill all that a process has started, and what those started; the process itself goes on."""
    import psutil

    try:
        offspring = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        offspring = []
    for process in offspring:
        try:
            process.kill()
        except psutil.Error:
            pass


def end(popen: subprocess.Popen[bytes], folder: Path) -> None:
    """Leave nothing behind: no process, no pipe, no file. Runs at the latest when Python exits."""
    kill_tree(popen)
    popen.wait()
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass  # what was still to be written to a dead process
    shutil.rmtree(folder, ignore_errors=True)


def cause_of_death(code: int) -> str:
    """Say why a worker ended, from its exit code."""
    if code in (-9, 137):
        return (
            "The process that did the work was killed from outside, most likely because the memory ran out; close "
            "other programs or take a smaller volume."
        )
    return f"The process that did the work ended unexpectedly (exit code {code}); what was asked for is not done."
