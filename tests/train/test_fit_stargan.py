"""Whole trainings of StarGAN, tiny: files, interruption, and resuming bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.images import load_image
from edgegan.train.config import load_run_config
from edgegan.train.fit import Fitted, fit
from edgegan.train.generator_file import load_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log
from tests.train.test_fit import SPEEDS, assert_same_run, interrupt_after, state
from tests.train.tiny_stargan import BOTH, SIZE, TRAIN, numbered_labeled, tiny_stargan

DATA = numbered_labeled([5, 4])
CONFIG = tiny_stargan(BOTH)  # eight steps; the third and the sixth update the generator
ALWAYS = {"discriminator", "classification_real", "penalty"}
SOMETIMES = {"gan", "classification_fake", "cycle"}
NOTES: list[str] = []


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """A training of eight steps on two sets, without a break."""
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "straight")
    return fit(CONFIG, DATA, folder, lambda done, note="": NOTES.append(note))


def test_a_finished_run_has_its_files(straight: Fitted) -> None:
    assert (straight.steps, straight.finished, straight.skipped) == (8, True, ())
    root = straight.folder.path
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert {name for name in found if not name.startswith("tensorboard/")} == {
        "config.toml",
        "log.jsonl",
        "samples/step-0000004.png",
        "samples/step-0000008.png",
        "report.html",
        "checkpoints/step-0000008/state.index",
        "checkpoints/step-0000008/state.data-00000-of-00001",
        "generators/G.keras",
        "generators/G.keras.json",
    }
    assert load_run_config(straight.folder.config) == CONFIG


def test_the_log_has_the_generators_losses_when_it_was_updated(straight: Fitted) -> None:
    lines = read_log(straight.folder)
    assert [line["step"] for line in lines] == list(range(1, 9))
    for line in lines:
        losses = ALWAYS | (SOMETIMES if line["step"] in (3, 6) else set())
        assert set(line) == {"step", *SPEEDS, "learning_rate", *losses}
    rates = [line["learning_rate"] / 1e-4 for line in lines]
    assert rates == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_the_note_names_the_generator_only_where_its_loss_is_known(straight: Fitted) -> None:
    assert [int("G " in note) for note in NOTES] == [0, 0, 1, 0, 0, 1, 0, 0]
    assert all("img/s  " in note and "D " in note for note in NOTES)


def test_the_grid_has_a_row_for_each_domain_and_the_report_names_it(straight: Fitted) -> None:
    grid = load_image(straight.folder.samples / "step-0000008.png")
    assert grid.shape == (7 * SIZE, 6 * SIZE, 3)  # three test images of each set
    text = straight.folder.report.read_text()
    rows = ["input", "Black_Hair", "Blond_Hair", "Male flipped", "red", "green", "blue"]
    listed = "".join(f"<li>{row}</li>" for row in rows)
    assert listed in text.replace("\n", "")


def test_the_file_holds_the_average(straight: Fitted) -> None:
    model, manifest = load_generator(straight.folder.generators / "G.keras")
    assert manifest is not None
    assert manifest.task is not None
    assert (manifest.task.family, manifest.task.domains) == ("stargan", BOTH)
    saved = state(straight.folder)
    stems = {
        k: v for k, v in saved.items() if np.shape(v) == (7, 7, 3 + 8, 2) and "optimizer" not in k
    }
    average = next(value for key, value in stems.items() if "average" in key)
    trained = next(value for key, value in stems.items() if key.startswith("gan/generator"))
    np.testing.assert_array_equal(model.get_layer("stem_conv").kernel, average)
    assert not np.array_equal(average, trained)


def test_an_interrupted_run_goes_on_bit_for_bit(straight: Fitted, tmp_path: Path) -> None:
    """From step 4, between the updates of the generator in steps 3 and 6."""
    folder = RunFolder(tmp_path / "run")
    stopped = fit(CONFIG, DATA, folder, interrupt_after(3))
    assert (stopped.steps, stopped.finished) == (4, False)  # the next step is the last
    assert fit(CONFIG, DATA, folder).finished
    assert_same_run(straight.folder, folder)


def test_a_longer_training_goes_on_from_a_finished_one(straight: Fitted, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    short = replace(CONFIG, train=replace(TRAIN, steps=5, decay_start=4))
    assert fit(short, DATA, folder).finished
    assert fit(CONFIG, DATA, folder).steps == 8
    assert_same_run(straight.folder, folder)
