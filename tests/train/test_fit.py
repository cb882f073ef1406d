"""Whole trainings, tiny: files, interruption, and resuming bit for bit."""

from __future__ import annotations

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.data import open_unpaired
from edgegan.errors import ArtifactError, DataError, EdgeganError, UsageError
from edgegan.images import load_image
from edgegan.train.config import load_config
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.fit import Fitted, fit
from edgegan.train.generator_file import load_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log
from tests.train.tiny import SIZE, TRAIN, cut_short, numbered_data, tiny_config, write_folder

DATA = numbered_data(5, 4)
LOSSES = {
    *("gan_a2b", "gan_b2a", "cycle_a", "cycle_b", "identity_a", "identity_b"),
    *("discriminator_a", "discriminator_b"),
}
SPEEDS = ("images_per_s", "input_bound")


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """A training of six steps without a break."""
    return fit(tiny_config(), DATA, RunFolder(tmp_path_factory.mktemp("runs") / "straight"))


def state(folder: RunFolder) -> dict[str, Any]:
    """Read every variable of the last checkpoint."""
    last = max(folder.checkpoints.glob("step-*"))
    reader = tf.train.load_checkpoint(str(last / "state"))
    names = [name for name in reader.get_variable_to_shape_map() if "save_counter" not in name]
    return {name: reader.get_tensor(name) for name in names}


def assert_same_run(one: RunFolder, other: RunFolder) -> None:
    """Compare all variables, the generators and what is logged but speeds, bit for bit."""
    first, second = state(one), state(other)
    assert first.keys() == second.keys()
    different = [name for name in first if not np.array_equal(first[name], second[name])]
    assert different == []
    names = [sorted(path.name for path in run.generators.glob("*.keras")) for run in (one, other)]
    assert names[0] == names[1] != []
    for name in names[0]:
        models = [load_generator(run.generators / name)[0] for run in (one, other)]
        for a, b in zip(*(model.get_weights() for model in models), strict=True):
            np.testing.assert_array_equal(a, b)
    logs = [
        [{key: line[key] for key in line if key not in SPEEDS} for line in read_log(run)]
        for run in (one, other)
    ]
    assert logs[0] == logs[1]


def assert_resumes(config: Any, data: Any, folder: Path) -> RunFolder:
    """Train once straight and once with a break after step 3; return the second, the same run."""
    straight = fit(config, data, RunFolder(folder / "straight"))
    broken = RunFolder(folder / "broken")
    assert not fit(config, data, broken, interrupt_after(3)).finished
    assert fit(config, data, broken).finished
    assert_same_run(straight.folder, broken)
    return broken


def interrupt_after(step: int) -> Any:
    """Make a report that sends this process SIGINT once `step` steps are done."""

    def report(done: int, note: str = "") -> None:
        del note
        if done == step:
            signal.raise_signal(signal.SIGINT)

    return report


def test_a_finished_run_has_its_files(straight: Fitted) -> None:
    assert (straight.steps, straight.finished, straight.skipped) == (6, True, ())
    root = straight.folder.path
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    events = {name for name in found if name.startswith("tensorboard/events.out.tfevents")}
    assert len(events) == 1
    assert found - events == {
        "config.toml",
        "log.jsonl",
        "samples/step-0000003.png",
        "samples/step-0000006.png",
        "report.html",
        "checkpoints/step-0000006/state.index",
        "checkpoints/step-0000006/state.data-00000-of-00001",
        "generators/A2B.keras",
        "generators/A2B.keras.json",
        "generators/B2A.keras",
        "generators/B2A.keras.json",
    }
    assert load_config(CycleGANConfig, str(straight.folder.config)) == tiny_config()
    assert load_image(straight.folder.samples / "step-0000006.png").shape == (6 * SIZE, 2 * SIZE, 3)


def test_the_log_has_a_line_each_log_step(straight: Fitted) -> None:
    lines = read_log(straight.folder)
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    for line in lines:
        assert set(line) == {"step", *SPEEDS, "learning_rate", *LOSSES}
        assert all(0 < line[name] < 30 for name in LOSSES)


def test_the_checkpoint_holds_what_the_generators_do(straight: Fitted) -> None:
    model, manifest = load_generator(straight.folder.generators / "B2A.keras")
    assert manifest is not None
    assert manifest.task is not None
    assert manifest.task.direction == "B2A"
    saved = state(straight.folder)
    stem = next(v for k, v in saved.items() if k.startswith("gan/b2a") and v.shape == (7, 7, 3, 2))
    np.testing.assert_array_equal(model.get_layer("stem_conv").kernel, stem)
    assert saved["gan/step/.ATTRIBUTES/VARIABLE_VALUE"] == 6


def test_an_interrupted_run_goes_on_bit_for_bit(straight: Fitted, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    stopped = fit(tiny_config(), DATA, folder, interrupt_after(2))
    assert (stopped.steps, stopped.finished) == (3, False)  # the next step is the last
    assert not folder.generators.exists()
    assert (folder.checkpoints / "step-0000003").is_dir()
    assert (folder.samples / "step-0000003.png").is_file()
    seen: list[int] = []
    done = fit(tiny_config(), DATA, folder, lambda done, note="": seen.append(done))
    assert (done.steps, done.finished) == (6, True)
    assert seen == [4, 5, 6]
    assert_same_run(straight.folder, folder)


def test_a_longer_training_goes_on_from_a_finished_one(straight: Fitted, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    short = tiny_config(train=replace(TRAIN, steps=3, decay_start=3))
    assert fit(short, DATA, folder).steps == 3
    again = fit(short, DATA, folder)  # nothing is left to do
    assert (again.steps, again.finished) == (3, True)
    done = fit(tiny_config(), DATA, folder)  # whose rate begins to fall at step 3, too
    assert done.steps == 6
    assert_same_run(straight.folder, folder)


def test_after_a_crash_the_steps_since_the_checkpoint_are_done_again(
    straight: Fitted, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    often = tiny_config(train=replace(TRAIN, checkpoint_every=2))

    def crash(done: int, note: str = "") -> None:
        del note
        if done == 5:
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        fit(often, DATA, folder, crash)
    assert [line["step"] for line in read_log(folder)] == [1, 2, 3, 4, 5]
    seen: list[int] = []
    fit(often, DATA, folder, lambda done, note="": seen.append(done))
    assert seen == [5, 6]
    assert_same_run(straight.folder, folder)
    kept = sorted(path.name for path in folder.checkpoints.iterdir())
    assert kept == ["step-0000004", "step-0000006"]


def test_no_steps_write_fresh_generators(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    fitted = fit(tiny_config(train=replace(TRAIN, steps=0)), DATA, folder)
    assert (fitted.steps, fitted.finished) == (0, True)
    for name in ("A2B", "B2A"):
        model, manifest = load_generator(folder.generators / f"{name}.keras")
        assert manifest is not None
        assert model.input_shape == (None, SIZE, SIZE, 3)
    assert sorted(path.name for path in folder.path.iterdir()) == ["config.toml", "generators"]


def test_a_folder_of_several_formats_with_a_bad_file(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg", ".png", ".webp"))
    cut_short(root / "trainA" / "0.jpg")
    (root / "testA" / "2.webp").unlink()
    config = tiny_config(train=replace(TRAIN, steps=4, log_every=3))
    fitted = fit(config, open_unpaired(str(root)), RunFolder(tmp_path / "run"))
    assert fitted.finished
    assert [item.path.name for item in fitted.skipped] == ["0.jpg"]
    assert [line["step"] for line in read_log(fitted.folder)] == [3, 4]
    grid = load_image(fitted.folder.samples / "step-0000004.png")
    assert grid.shape == (6 * SIZE, 2 * SIZE, 3)  # as many columns as the smaller test set


def test_a_set_without_readable_images_ends_with_the_reason(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg",))
    for path in (root / "trainB").iterdir():
        cut_short(path)
    with pytest.raises(DataError, match=r"20 training images in a row .*trainB"):
        fit(tiny_config(), open_unpaired(str(root)), RunFolder(tmp_path / "run"))


def _wider(config: CycleGANConfig) -> CycleGANConfig:
    return replace(config, generator=replace(config.generator, filters=3))


def _deeper(config: CycleGANConfig) -> CycleGANConfig:
    return replace(config, generator=replace(config.generator, residual_blocks=0))


@pytest.mark.parametrize("change", [_wider, _deeper])
def test_a_checkpoint_of_other_settings_is_refused(straight: Fitted, change: Any) -> None:
    before = straight.folder.config.read_bytes()
    with pytest.raises(ArtifactError, match=r"step-0000006 cannot be restored.*config\.toml"):
        fit(change(tiny_config()), DATA, straight.folder)
    assert straight.folder.config.read_bytes() == before


def test_the_manifest_beside_a_generator_is_json(straight: Fitted) -> None:
    content = json.loads((straight.folder.generators / "A2B.keras.json").read_text())
    assert content["generator"]["filters"] == 2


@pytest.mark.parametrize(("log_every", "broken_after"), [(100, 1), (1, 3)])
def test_a_diverged_network_is_named_and_neither_shown_nor_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_every: int, broken_after: int
) -> None:
    """Also where no loss has shown it yet: by the update of the very step that is drawn."""
    step = CycleGAN.train_step

    def breaking(self: CycleGAN, real_a: Any, real_b: Any) -> dict[str, Any]:
        losses = step(self, real_a, real_b)
        if int(self.step) == broken_after:
            self.b2a.trainable_variables[0].assign_add(
                tf.fill(self.b2a.trainable_variables[0].shape, np.nan)
            )
        return losses

    monkeypatch.setattr(CycleGAN, "train_step", breaking)
    folder = RunFolder(tmp_path / "run")
    config = tiny_config(train=replace(TRAIN, log_every=log_every, sample_every=3))
    with pytest.raises(
        EdgeganError, match=r"Training diverged in step(s \d+ to)? 3: .*(B2A|cycle_a)"
    ):
        fit(config, DATA, folder)
    assert not folder.samples.exists()
    assert not folder.checkpoints.exists()


def test_a_file_that_vanishes_is_skipped(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set")
    data = open_unpaired(str(root))
    (root / "trainB" / "1.png").unlink()
    fitted = fit(tiny_config(), data, RunFolder(tmp_path / "run"))
    assert fitted.finished
    assert [item.path.name for item in fitted.skipped] == ["1.png"]


def test_no_readable_test_image_leaves_no_run_behind(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", suffixes=(".jpg",))
    for path in (root / "testA").iterdir():
        cut_short(path)
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(DataError, match="No test image"):
        fit(tiny_config(), open_unpaired(str(root)), folder)
    assert not folder.config.exists()


def test_a_run_of_two_machines_does_not_go_on_with_one(straight: Fitted, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(straight.folder.path, folder.path)
    folder.of_worker(1).path.mkdir(parents=True)
    with pytest.raises(UsageError, match="was begun on 2 machines"):
        fit(tiny_config(), DATA, folder)
