from __future__ import annotations

import json

from napari_crystalseg.cli import main
from napari_crystalseg.samples import sample_data_folder

EXPT = sample_data_folder() / "lcyst_01_first10_integrated.expt"


def test_two_images_and_their_figures(tmp_path, capsys):
    out, figures = tmp_path / "scan", tmp_path / "scan.json"
    options = ["--detector", "pilatus-2m", "--images", "2", "--d-min", "4", "--flux", "1e11", "--json", str(figures)]
    assert main(["diffraction", "simulate", str(out), *options]) == 0
    assert "2 images (cbf)" in capsys.readouterr().out
    record = json.loads(figures.read_text())
    assert record["images"] == 2
    assert (out / "image_00002.cbf").is_file()
    step = json.loads((out / "diffraction.json").read_text())["steps"][-1]
    assert step["beam"] == {"flux_per_s": 1e11}


def test_what_cannot_be_is_told_in_a_sentence(tmp_path, capsys):
    for options, sentence in (
        (["--crystal", "water"], "no crystal form"),
        (["--energy-kev", "12400"], "not eV"),
        (["--start-deg", "nan"], "scan angle at the start"),
        (["--block-um", "inf"], "blocks of the crystal"),
        (["--exposure-s", "inf"], "exposure of an image"),
        (["--stills", "--start-deg", "5"], "would have no effect"),
        (["--mu-crystal", "0.01", "--mu-liquor", "0.01", "--mu-loop", "0"], "give the labels too"),
        (["--json", "figures.txt"], "not a JSON file"),
        (["--json", str(tmp_path / "out" / "figures.json")], "lies in the folder that is written anew"),
        (["--d-min", "0"], "resolution limit"),
        (["--experiment", str(EXPT), "--crystal", "thaumatin"], "the crystal would have no effect"),
    ):
        assert main(["diffraction", "simulate", str(tmp_path / "out"), *options]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
