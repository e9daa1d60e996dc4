"""What the shell sees: start-up, exit codes, one line an error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.cli.console import shown_progress
from napari_crystalseg.provenance import package_version

PROGRAM = [sys.executable, "-c", "import sys; from napari_crystalseg.cli import main; sys.exit(main())"]


def run(*words, **options):
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=120, check=False, **options)


def test_version_and_help(capsys):
    shown = run("--version")
    assert shown.returncode == 0
    assert shown.stdout.strip() == f"crystalseg {package_version()}"
    for words in (["--help"], ["process", "-h"], []):
        assert main(words) == 0
        assert "Usage: crystalseg" in capsys.readouterr().out


def test_starting_is_quick_because_nothing_heavy_is_imported():
    heavy = "torch nnunetv2 numba matplotlib xraylib skimage scipy napari qtpy numpy rich".split()
    code = (
        "import sys; from napari_crystalseg.cli import main; main(['--help']);"
        f"print(sorted(set({heavy}) & set(sys.modules)), file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert shown.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reconstruct", "absent.h5", "out.tif"], "There is no file absent.h5"),
        (["bogus"], "No such command"),
        (["segment", "only-one"], "Missing argument"),
        (["export", "x.tif", "out", "--to", "paper"], "paper"),
        (["compare", "x"], "Missing argument"),
        (["absorb", "x", "y", "--mu-crystal", "a", "--mu-liquor", "1", "--mu-loop", "1"], "--mu-crystal"),
        (["reconstruct", "x.h5", "out.tif", "--centre", "left"], "--centre is 'auto' or a column"),
        (["process", "x.tif", "out", "--mu-crystal", "1"], "--mu-liquor"),
        (["process", "x.tif", "out", "--experiment", "x.expt"], "together"),
        (
            ["absorb", "x", "y.json", "--mu-crystal", "19", "--mu-liquor", "1", "--mu-loop", "1", "--sphere", "3"],
            "Coefficients are in 1/µm",
        ),
    ],
)
def test_errors_are_one_clear_line_and_code_2(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Error: ")
    assert shown.err.count("\n") == 1
    assert said in shown.err


def test_a_traceback_only_with_debug_wherever_it_stands(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["reconstruct", "absent.h5", "out.tif"]) == 2
    quiet = capsys.readouterr().err
    assert "Traceback" not in quiet
    for words in (
        ["--debug", "reconstruct", "absent.h5", "out.tif"],
        ["reconstruct", "absent.h5", "out.tif", "--debug"],
    ):
        assert main(words) == 2
        loud = capsys.readouterr().err
        assert loud.splitlines()[-1] == quiet.splitlines()[-1]
        assert "Traceback" in loud


def test_an_unexpected_error_is_one_line_too(monkeypatch, capsys, tmp_path):
    from napari_crystalseg import io

    def broken(path, **options):
        raise KeyError("inside\nout")

    monkeypatch.setattr(io, "open_scan", broken)
    assert main(["reconstruct", "a.h5", str(tmp_path / "out.tif")]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "KeyError" in shown
    assert "--debug" in shown


def test_a_place_that_may_not_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["simulate", str(tmp_path / "file" / "out"), "--n", "1", "--seed", "1", "--size", "32"]) == 2
    assert capsys.readouterr().err.startswith("Error: ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_cleanly_with_no_half_file(tmp_path, number, code):
    program = (
        "import sys, time\n"
        "from napari_crystalseg.cli import main\n"
        "from napari_crystalseg import io\n"
        "def slow(path, **options):\n"
        "    with io.replacing('half.tif') as part:\n"
        "        part.write_text('half')\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(60)\n"
        "io.open_scan = slow\n"
        "sys.exit(main(['reconstruct', 'a.h5', 'out.tif']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    os.kill(process.pid, number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_progress_without_a_terminal_is_a_line_a_step(capsys):
    with shown_progress() as progress:
        for n in range(100):
            progress(n / 200, f"Row {n} of 100")
        progress(0.5, "Tracing")
        progress(1.0, "Tracing")
    assert capsys.readouterr().err == "  0 % Row 0 of 100\n 50 % Tracing\n"


def test_a_locale_without_our_signs(tmp_path):
    shown = run("evaluate", "µ.tif", "µ.tif", cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert shown.returncode == 2
    assert shown.stderr == "Error: There is no file ?.tif; check the path.\n"


def test_too_little_memory_says_what_helps_volumes_and_simulations(monkeypatch, capsys, tmp_path):
    from napari_crystalseg.simulation import simulate

    def too_large(*given, **named):
        raise MemoryError("Unable to allocate 58.2 TiB")

    monkeypatch.setattr(simulate, "simulate", too_large)
    assert main(["simulate", str(tmp_path), "--n", "1", "--seed", "1"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "memory" in error and "crop or bin" in error and "smaller size" in error
