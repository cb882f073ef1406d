"""Checkpoints: whole or absent, the newest kept, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from edgegan.errors import ArtifactError, EdgeganError
from edgegan.train.checkpoints import Checkpoints

HINT = "it is of other settings"


class State(tf.Module):  # type: ignore[misc]
    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = tf.Variable(value)


def save(checkpoints: Checkpoints, *steps: int) -> None:
    for step in steps:
        checkpoints.save(State(float(step)), step)


def test_the_newest_is_restored(tmp_path: Path) -> None:
    checkpoints = Checkpoints(folder=tmp_path / "c")
    assert checkpoints.restore(State(), HINT) == 0
    save(checkpoints, 5, 10)
    state = State()
    assert checkpoints.restore(state, HINT) == 10
    assert float(state.value) == 10.0


@pytest.mark.parametrize(
    ("kept", "keep_every", "left"),
    [(2, 0, [4, 5]), (1, 0, [5]), (1, 2, [2, 4, 5]), (3, 3, [3, 4, 5])],
)
def test_old_ones_are_removed_but_every_nth(
    tmp_path: Path, kept: int, keep_every: int, left: list[int]
) -> None:
    checkpoints = Checkpoints(folder=tmp_path, kept=kept, keep_every=keep_every)
    save(checkpoints, 1, 2, 3, 4, 5)
    assert checkpoints.steps() == left
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"step-{n:07d}" for n in left]


def test_what_a_killed_process_left_is_no_checkpoint(tmp_path: Path) -> None:
    checkpoints = Checkpoints(folder=tmp_path)
    save(checkpoints, 5)
    unfinished = tmp_path / ".tmp-step-0000010"
    unfinished.mkdir()
    (unfinished / "state.data-00000-of-00001").write_bytes(b"half")
    state = State()
    assert checkpoints.restore(state, HINT) == 5
    save(checkpoints, 10)
    assert not unfinished.exists()
    assert checkpoints.restore(state, HINT) == 10


@pytest.mark.parametrize("suffix", ["index", "data-00000-of-00001"])
def test_a_damaged_one_is_refused(tmp_path: Path, suffix: str) -> None:
    checkpoints = Checkpoints(folder=tmp_path)
    save(checkpoints, 5)
    path = tmp_path / "step-0000005" / f"state.{suffix}"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ArtifactError, match=f"step-0000005 cannot be restored.*{HINT}"):
        checkpoints.restore(State(), HINT)


def test_one_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    checkpoints = Checkpoints(folder=tmp_path)
    save(checkpoints, 5)
    state = State()
    state.more = tf.Variable(1.0)
    with pytest.raises(ArtifactError, match="cannot be restored"):
        checkpoints.restore(state, HINT)


def test_a_step_counts_once_all_processes_have_saved_it(tmp_path: Path) -> None:
    mine, other = tmp_path / "0", tmp_path / "1"
    together = Checkpoints(folder=mine, others=(other,))
    save(Checkpoints(folder=mine), 5, 10)
    with pytest.raises(ArtifactError, match="no step was saved by all 2 machines"):
        together.restore(State(), HINT)
    save(Checkpoints(folder=other), 5)
    state = State()
    assert together.restore(state, HINT) == 5
    assert float(state.value) == 5.0
    save(together, 10)  # again, since the others did not have it
    assert sorted(path.name for path in mine.iterdir()) == ["step-0000005", "step-0000010"]


def test_what_all_can_go_on_from_is_never_removed(tmp_path: Path) -> None:
    mine, other = tmp_path / "0", tmp_path / "1"
    save(Checkpoints(folder=other), 5)
    together = Checkpoints(folder=mine, kept=1, others=(other,))
    save(together, 5, 10)  # the other process is killed before its 10
    state = State()
    assert together.restore(state, HINT) == 5
    assert together.steps() == [5]
    assert not (mine / "step-0000010").exists()  # its steps will be done again


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgeganError, match=r"Cannot write the checkpoint .*step-0000001"):
        save(Checkpoints(folder=tmp_path / "file"), 1)
