"""crystalseg diffraction hits: what it says of images, writes and refuses."""

from __future__ import annotations

import csv
import json

import h5py
import numpy as np
import pytest

from helpers import lcysteine
from helpers.drawn_spots import expected_spots, scattered
from napari_crystalseg.cli import main
from napari_crystalseg.diffraction.hits.networks.hit_networks import BUNDLED, HitNetworks

SHAPE = (200, 220)


def call(*words):
    return main(["diffraction", "hits", *(str(word) for word in words)])


@pytest.fixture
def stack(tmp_path):
    """Ten images, every other one with spots, and a hot pixel in all."""
    random = np.random.default_rng(3)
    images = []
    for n in range(10):
        spots = expected_spots(SHAPE, scattered(SHAPE, 15, n), 80.0) if n % 2 else 0
        image = random.poisson(np.full(SHAPE, 0.5) + spots).astype("u2")
        image[50:52, 60:63] = 40
        images.append(image)
    path = tmp_path / "run.h5"
    with h5py.File(path, "w") as file:
        file["entry/data/data"] = np.stack(images)
    return path


def test_a_stack_is_told_written_and_read_again_as_a_list(stack, tmp_path, capsys):
    out = {name: tmp_path / name for name in ("hits.lst", "misses.lst", "table.csv", "all.json")}
    code = call(
        stack,
        *("--hits-list", out["hits.lst"], "--misses-list", out["misses.lst"]),
        *("--table", out["table.csv"], "--json", out["all.json"]),
    )
    said = capsys.readouterr().out
    assert code == 0
    assert "5 of 10 images are hits, by peaks of all strengths." in said
    assert out["hits.lst"].read_text().splitlines() == [f"{stack} //{n}" for n in (1, 3, 5, 7, 9)]
    assert len(out["misses.lst"].read_text().splitlines()) == 5
    rows = list(csv.DictReader(out["table.csv"].read_text().splitlines()))
    assert [row["hit"] for row in rows] == ["False", "True"] * 5
    # The hot pixels of all images are no spots; of chance one comes in ten images.
    assert sum(int(row["spots"]) for row in rows[::2]) <= 1
    assert {row["spots"] for row in rows[1::2]} <= {"13", "14", "15", "16"}
    record = json.loads(out["all.json"].read_text())
    assert record["hits"] == 5
    assert len(record["images"][1]["spots_px"]) == int(rows[1]["spots"])
    assert list(record["provenance"]["inputs"]) == ["run.h5"]
    assert call(out["hits.lst"], "--no-check") == 0
    assert "5 of 5 images are hits" in capsys.readouterr().out


def test_a_real_image_is_a_hit(capsys):
    pytest.importorskip("fabio")
    assert call(lcysteine.image_path()) == 0
    said = capsys.readouterr().out
    assert said.startswith("hit  1.000  lcyst_01_00002.cbf.gz: 1")
    assert "1 of 1 image is a hit" in said


def test_the_bundled_network_answers_and_has_a_card(stack, capsys):
    assert call("find", stack, "--finder", "network", "--no-check") == 0
    assert "by the network" in capsys.readouterr().out
    networks = HitNetworks()
    assert networks.card["sha256"] == networks.sha256
    assert networks.card["licence"] == "BSD-3-Clause"
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) < 5e6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.h5"], "There is no"),
        (["{stack}", "--hits-list", "hits.txt"], "ends in .lst"),
        (["{stack}", "--hit-rate", "1.5"], "part of images that are hits"),
        (["{stack}", "--distance-mm", "-3"], "distance must be positive"),
        (["{stack}", "--finder", "network", "--model", "."], "holds no networks|no folder of networks"),
        (["{list}"], "names the image"),
        (["{empty}"], "no images to look for hits in"),
    ],
)
def test_refusals(words, said, stack, tmp_path, capsys):
    import re

    (tmp_path / "some.lst").write_text("run.h5 //12\n")
    (tmp_path / "empty.lst").write_text("\n")
    places = {"stack": stack, "list": tmp_path / "some.lst", "empty": tmp_path / "empty.lst"}
    assert call(*(word.format(**places) for word in words)) == 2
    assert re.search(said, capsys.readouterr().err)


def test_train_and_evaluate_in_little(tmp_path, capsys):
    assert call("train", tmp_path / "made", "--pairs", 9, "--epochs", 1) == 0
    assert "weights.pt and card.json" in capsys.readouterr().out
    out = tmp_path / "found.json"
    words = ["--pairs", 3, "--training-pairs", 0, "--no-others", "--json", out, "--model", tmp_path / "made"]
    assert call("evaluate", *words) == 0
    told = capsys.readouterr().out
    assert "flux 1\n" in told and "flux 0.025" in told and "HitNet" in told
    record = json.loads(out.read_text())
    assert record["confusion"]["flux 1"]["peaks"]["accuracy"] >= 0.8
    assert record["settings"]["cell"] == "proteinase-k"
