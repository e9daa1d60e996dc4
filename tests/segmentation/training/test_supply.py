from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter

import numpy as np
import pytest
import torch

from helpers.trainings import trained
from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.prediction.padding import padded_by_edges
from napari_crystalseg.segmentation.streams.streams import Streams
from napari_crystalseg.segmentation.streams.synthesis import LabelPool
from napari_crystalseg.segmentation.training.batches import Batches
from napari_crystalseg.segmentation.training.budget import Budget
from napari_crystalseg.segmentation.training.case_folders import CaseFolders
from napari_crystalseg.segmentation.training.drawing import Drawing, DrawnByWorkers
from napari_crystalseg.segmentation.training.repeats import Repeats, joined, varied
from napari_crystalseg.segmentation.training.supply import Supply

CPU = torch.device("cpu")
SIZES = (12, 16)


class Clock:
    """A training that has come so far."""

    def __init__(self, steps, step=0):
        self.budget, self.step, self.seconds, self.began_from_weights = Budget(steps=steps), step, 0.0, True

    @property
    def spent(self):
        return self.budget.spent(self.step, self.seconds)

    def report(self, line):
        raise AssertionError(line)


def shown(tiny_labels, folder, supply, steps=4, first=0):
    """What each step of a training is shown, as bytes of voxel values, labels and channels."""
    pool = LabelPool(tiny_labels)
    cases = CaseFolders((), folder, SIZES, pool, print)
    clock, seen = Clock(steps, first), []
    for drawn in Batches(Streams(3, 4, pool), cases, SIZES, 3, 2, 100, supply, CPU).until_spent(clock):
        seen.append([tuple(each.numpy().tobytes() for each in batch) for batch in drawn])
        clock.step += 1
    return seen


def weights(path):
    return torch.load(path, weights_only=True)["network_weights"]


@pytest.mark.parametrize("numbers", [(-1, 1, 1), (0, 0, 1), (0, 1, 0)])
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(InputError, match=r"no or some worker processes"):
        Supply(*numbers)


@pytest.fixture
def one_thread():
    """As a worker has."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_workers_draw_what_the_training_itself_would(one_thread, tiny_labels, tmp_path):
    alone = shown(tiny_labels, tmp_path, Supply())
    assert shown(tiny_labels, tmp_path, Supply(workers=2)) == alone
    assert len({batch for step in alone for batch in step}) == 4


def test_a_step_takes_as_many_batches_as_asked_for(tiny_labels, tmp_path):
    alone = shown(tiny_labels, tmp_path, Supply(), steps=6)
    by_threes = shown(tiny_labels, tmp_path, Supply(batches_a_step=3), steps=2)
    assert [len(step) for step in by_threes] == [3, 3]
    # The share of the coarse grid falls with the budget, of which three batches are a step here.
    assert by_threes[0][0] == alone[0][0]


def test_each_batch_is_shown_as_often_as_asked_for_and_first_as_it_was_drawn(tiny_labels, tmp_path):
    supply = Supply(repeats=4)
    drawing = Drawing(Streams(3, 4, LabelPool(tiny_labels)), None, SIZES, 3, 2, supply, Budget(steps=12), False)
    fresh = [drawing.streams.put_together(drawing.batch(number, 0.0), CPU) for number in range(3)]
    seen = shown(tiny_labels, tmp_path, supply, steps=12)
    assert [step[0] for step in seen[::4]] == [tuple(each.numpy().tobytes() for each in batch) for batch in fresh]
    # In any orientation a batch has the same labels.
    kinds = Counter(bytes(sorted(step[0][1])) for step in seen)
    assert set(kinds) <= {bytes(sorted(labels.numpy().tobytes())) for _, labels, _ in fresh}
    assert kinds[bytes(sorted(fresh[0][1].numpy().tobytes()))] >= 4


@pytest.mark.parametrize("supply", [Supply(repeats=3), Supply(batches_a_step=2, repeats=3), Supply(2, 2, 2)])
def test_going_on_shows_what_an_uninterrupted_training_is_shown(one_thread, tiny_labels, tmp_path, monkeypatch, supply):
    monkeypatch.setattr("napari_crystalseg.segmentation.training.batches.WINDOW", 5)
    whole = shown(tiny_labels, tmp_path, supply, steps=24)
    assert shown(tiny_labels, tmp_path, supply, steps=24, first=19) == whole[19:]


def test_a_varied_batch_holds_the_same_labels_and_values_that_follow_them():
    labels = (torch.arange(2 * 3 * 4 * 5) % 5).to(torch.uint8).reshape(2, 1, 3, 4, 5)
    kept, shapes, unchanged = torch.ones((2, 5), dtype=torch.bool), set(), 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values, codes, channels = varied(rng, (labels / 4.0, labels, kept), Streams(0, 4))
        for own, before in zip(codes, labels, strict=True):
            assert torch.equal(own.flatten().sort().values, before.flatten().sort().values)
        assert np.corrcoef(values.flatten(), codes.flatten())[0, 1] > 0.95
        assert channels.any(1).all()
        shapes.add(tuple(values.shape[2:]))
        unchanged += torch.equal(values, codes / 4.0)
    assert shapes == {(3, 4, 5), (3, 5, 4)}
    assert 2 <= unchanged <= 18  # (2/3)⁴ of 40 are 8


def test_what_is_shown_again_is_about_as_long_as_what_is_new():
    def batch(*shape):
        return torch.zeros((1, 1, *shape)), torch.zeros((1, 1, *shape), dtype=torch.uint8), torch.ones((1, 5)) > 0

    repeats = Repeats(Streams(0, 4), 3, 100, 10**9)
    for _ in range(20):
        for shape in ((16, 16, 16), (48, 32, 16), (48, 48, 48)):
            repeats.keep(batch(*shape))
    repeats.keep(batch(16, 48, 32))
    drawn = Counter(tuple(sorted(repeats.draw(number)[1].shape[2:])) for number in range(40))
    assert drawn[(16, 32, 48)] >= 38  # one in twelve of a third is missing once in 130


def test_batches_are_joined_as_they_are_amid_their_outermost_voxels():
    def batch(count, *shape):
        labels = torch.arange(count * int(np.prod(shape))).remainder(5).to(torch.uint8).reshape(count, 1, *shape)
        return labels * 0.25, labels, torch.rand((count, 5)) < 0.5

    one, other = batch(2, 8, 4, 4), batch(1, 4, 12, 4)
    values, labels, kept = joined([one, other])
    assert labels.shape == (3, 1, 8, 12, 4) and labels.dtype == torch.uint8
    assert torch.equal(values, labels * 0.25) and torch.equal(kept, torch.cat([one[2], other[2]]))
    assert torch.equal(labels[:2, :, :, 4:8], one[1]) and torch.equal(labels[2:, :, 2:6], other[1])
    for own, alone in zip(labels, [*one[1], *other[1]], strict=True):
        assert np.array_equal(own[0], padded_by_edges(alone[0].numpy(), (8, 12, 4)))
    assert all(np.array_equal(a, b) for a, b in zip(joined([one]), one, strict=True))


def test_slices_are_joined_too():
    batches = [
        (torch.ones((1, 1, n, 8)), torch.ones((1, 1, n, 8), dtype=torch.uint8), torch.ones((1, 1))) for n in (8, 16)
    ]
    assert [tuple(each.shape) for each in joined(batches)] == [(2, 1, 16, 8), (2, 1, 16, 8), (2, 1)]


def test_a_step_goes_down_the_mean_of_its_batches(one_thread, tiny_labels, tiny_plans, tmp_path):
    # At a rate at which the weights stay, Adam's first moment tells the gradients (its decay is 0.9).
    def moments(name, steps, supply):
        options = {
            "seed": 3,
            "plans": tiny_plans,
            "working_sizes": (16,),
            "learning_rate": 1e-12,
            "labels": tiny_labels,
        }
        path = trained([], tmp_path / name, steps=steps, supply=supply, threads=1, **options)
        state = torch.load(path, weights_only=True)["optimizer_state"]["state"]
        return torch.cat([each["exp_avg"].flatten() for each in state.values()])

    first = moments("first", 1, Supply()) / 0.1
    second = (moments("second", 2, Supply()) - 0.9 * 0.1 * first) / 0.1
    together = moments("together", 1, Supply(batches_a_step=2)) / 0.1
    assert first.norm() < 5 and second.norm() < 5  # or they would have been clipped
    assert (together - (first + second) / 2).norm() < 1e-3 * together.norm()


def test_a_training_with_workers_ends_where_one_without_does(one_thread, tiny_cases, tiny_labels, tiny_plans, tmp_path):
    options = {
        "steps": 4,
        "seed": 3,
        "plans": tiny_plans,
        "working_sizes": SIZES,
        "labels": tiny_labels,
        "painted_share": 0.5,
        "threads": 1,
    }
    alone = weights(trained(tiny_cases, tmp_path / "alone", **options))
    helped = weights(trained(tiny_cases, tmp_path / "helped", supply=Supply(2), **options))
    assert all(torch.equal(alone[name], helped[name]) for name in alone)


def test_what_a_worker_cannot_draw_is_said_in_its_words(tiny_labels, tmp_path):
    import shutil

    shutil.copytree(tiny_labels, tmp_path / "labels")
    pool = LabelPool(tmp_path / "labels")
    for path in (tmp_path / "labels").rglob("labels.*"):
        path.write_bytes(b"nothing")
    cases = CaseFolders((), tmp_path, SIZES, None, print)
    batches = Batches(Streams(3, 4, pool), cases, SIZES, 3, 2, 100, Supply(workers=1), CPU)
    with pytest.raises(InputError, match=r"^None of the label maps in .* can be read; make others\.$"):
        next(batches.until_spent(Clock(4)))


def test_batches_that_workers_drew_hold_no_files_open(tiny_labels, tmp_path):
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("open files are counted in /proc")
    pool, counts = LabelPool(tiny_labels), []
    cases, clock = CaseFolders((), tmp_path, SIZES, pool, print), Clock(24)
    for _ in Batches(Streams(3, 4, pool), cases, SIZES, 3, 2, 100, Supply(1, 1, 2), CPU).until_spent(clock):
        counts.append(len(os.listdir("/proc/self/fd")))
        clock.step += 1
    # Each of the twelve batches that are kept held three.
    assert counts[-1] <= counts[1] + 8


def test_where_shared_memory_is_full_the_same_batches_come(one_thread, tiny_labels, tmp_path, monkeypatch):
    alone = shown(tiny_labels, tmp_path, Supply())

    def full(self):
        raise RuntimeError("unable to allocate shared memory(shm)")

    monkeypatch.setattr(torch.Tensor, "share_memory_", full)  # of the workers, too, where they are forked
    assert shown(tiny_labels, tmp_path, Supply(workers=1)) == alone


def test_what_is_kept_to_be_shown_again_takes_no_more_than_it_may():
    def batch(number):
        codes = torch.full((1, 1, 10, 10, 10), number, dtype=torch.uint8)
        return codes.float(), codes, torch.ones((1, 5)) > 0

    def seen(first):
        repeats = Repeats(Streams(0, 4, dropped_share=0), 3, 100, 3 * 5005)  # three of 5005 bytes each
        for number in range(first, 9):
            repeats.keep(batch(number))
        return [int(repeats.draw(number)[1].max()) for number in range(40)]

    assert set(seen(0)) == {6, 7, 8}
    assert seen(4) == seen(0)


def test_a_worker_that_was_killed_is_told_and_none_is_left(tiny_labels, tiny_plans, tmp_path):
    before = set(multiprocessing.active_children())

    def kill_one(line):
        ours = set(multiprocessing.active_children()) - before
        if line.startswith("step"):
            os.kill(min(each.pid for each in ours), signal.SIGKILL)

    options = {"plans": tiny_plans, "working_sizes": (16,), "labels": tiny_labels, "threads": 1}
    with pytest.raises(InputError, match=r"^A process that draws batches was ended") as told:
        trained([], tmp_path / "work", steps=2000, supply=Supply(workers=2), report=kill_one, **options)
    assert told.value.__traceback__ is not None
    assert set(multiprocessing.active_children()) == before


@pytest.mark.parametrize("error", [ConnectionResetError, ConnectionRefusedError, EOFError])
def test_a_worker_that_ended_with_a_batch_still_to_be_fetched_is_told(tiny_labels, error):
    def gone():
        raise error
        yield

    drawing = Drawing(Streams(3, 4, LabelPool(tiny_labels)), None, SIZES, 3, 2, Supply(1), Budget(steps=4), False)
    source = DrawnByWorkers(drawing, 0, CPU, 0.0)
    source.close()
    source._batches = gone()
    with pytest.raises(InputError, match=r"^A process that draws batches was ended"):
        source.next(0.0)
