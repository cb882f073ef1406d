"""The discriminator that a run's checkpoints still hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from edgegan.errors import ArtifactError
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.fit import fit
from edgegan.train.run_folder import RunFolder
from edgegan.train.stargan import StarGAN
from edgegan.train.teacher_run import last_discriminator, run_of
from tests.train.tiny import noise, numbered_data, tiny_config
from tests.train.tiny_distillation import student_config, write_teacher
from tests.train.tiny_stargan import ATTRIBUTES, numbered_labeled, tiny_stargan


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "cyclegan")
    return fit(tiny_config(), numbered_data(5, 4), folder).folder


@pytest.mark.parametrize(("direction", "name"), [("A2B", "D_B"), ("B2A", "D_A")])
def test_it_is_that_of_the_target(run: RunFolder, direction: str, name: str) -> None:
    generator = run.generators / f"{direction}.keras"
    found = run_of(generator)
    assert found is not None
    assert found.path == run.path.resolve()
    judge = last_discriminator(generator, run, direction)
    assert judge is not None
    assert judge.name == name
    reader = tf.train.load_checkpoint(str(run.checkpoints / "step-0000006" / "state"))
    saved = [
        reader.get_tensor(key)
        for key in sorted(reader.get_variable_to_shape_map())
        if key.startswith(f"gan/d_{name[-1].lower()}/")
        and key.endswith("VARIABLE_VALUE")
        and "OPTIMIZER" not in key
    ]
    mine = judge.get_weights()
    assert sorted(map(np.sum, saved)) == pytest.approx(sorted(map(np.sum, mine)))
    assert judge(noise(1)).shape == (1, 2, 2, 1)


def test_a_stargan_has_one(tmp_path: Path) -> None:
    config = tiny_stargan()
    folder = fit(config, numbered_labeled([6], (ATTRIBUTES,)), RunFolder(tmp_path / "run")).folder
    judge = last_discriminator(folder.generators / "G.keras", folder, "G")
    assert judge is not None
    fresh = StarGAN(config).discriminator
    assert [w.shape for w in judge.weights] == [w.shape for w in fresh.weights]
    assert not np.array_equal(judge.get_weights()[0], fresh.get_weights()[0])


def test_copies_outside_a_run_have_none(run: RunFolder, tmp_path: Path) -> None:
    copy = tmp_path / "A2B.keras"
    copy.write_bytes((run.generators / "A2B.keras").read_bytes())
    assert run_of(copy) is None


def test_without_checkpoints_there_is_none(run: RunFolder, tmp_path: Path) -> None:
    empty = RunFolder(tmp_path / "empty")
    assert last_discriminator(empty.generators / "A2B.keras", empty, "A2B") is None


def test_other_settings_are_refused(run: RunFolder, tmp_path: Path) -> None:
    text = run.config.read_text()
    assert "filters = 2\nlayers = 1" in text
    run.config.write_text(text.replace("filters = 2\nlayers = 1", "filters = 3\nlayers = 1"))
    with pytest.raises(ArtifactError, match="discriminator cannot be read"):
        last_discriminator(run.generators / "A2B.keras", run, "A2B")
    run.config.write_text(text)


def test_the_best_generators_have_theirs(tmp_path: Path) -> None:
    config = tiny_config()
    data, test = numbered_data(12, 12), numbered_data(12, 12).train_a
    config = replace(config, train=replace(config.train, eval_every=3))
    folder = RunFolder(tmp_path / "run")
    fit(config, replace(data, test_a=test, test_b=test), folder)
    assert last_discriminator(folder.best / "A2B.keras", folder, "A2B") is not None


def test_a_students_run_has_one(tmp_path: Path) -> None:
    lessons = DistillationConfig(teacher=str(write_teacher(tmp_path)), direction="A2B")
    folder = RunFolder(tmp_path / "run")
    fit(student_config(lessons), numbered_data(5, 4), folder)
    judge = last_discriminator(folder.generators / "A2B.keras", folder, "A2B")
    assert judge is not None
    assert judge(noise(1)).shape == (1, 2, 2, 1)
