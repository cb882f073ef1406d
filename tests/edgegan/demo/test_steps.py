from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from edgegan.console import Report, silent
from edgegan.demo import steps
from edgegan.train.config import CycleGANConfig, load_config
from edgegan.train.config_groups import TrainConfig
from edgegan.train.training_log import read_log
from tests.train.tiny import numbered_data, tiny_config


def settings(count: int) -> CycleGANConfig:
    train = TrainConfig(steps=count, pool_size=2, log_every=1, checkpoint_every=1)
    return tiny_config(train=train)


def test_the_preset_is_a_small_valid_configuration() -> None:
    config = load_config(steps.PRESET)
    assert (config.data.spec, config.generator.image_size) == ("emoji", 64)


def test_a_finished_demo_starts_again(tmp_path: Path) -> None:
    folder, data = steps.DemoFolder(tmp_path), numbered_data(3, 3)
    assert steps.train(folder, settings(2), data, silent).finished
    (folder.run.samples / "left over").touch()
    (folder.run.path / "of the user").touch()
    assert steps.train(folder, settings(2), data, silent).finished
    assert not (folder.run.samples / "left over").exists()
    assert (folder.run.path / "of the user").exists()
    assert [line["step"] for line in read_log(folder.run)] == [1, 2]


def stopped_at(step: int) -> Report:
    def report(done: int, note: str = "") -> None:
        del note
        if done == step:
            os.kill(os.getpid(), signal.SIGINT)

    return report


def test_an_interrupted_demo_goes_on(tmp_path: Path) -> None:
    folder, data = steps.DemoFolder(tmp_path), numbered_data(3, 3)
    fitted = steps.train(folder, settings(3), data, stopped_at(1))
    assert (fitted.finished, fitted.steps < 3) == (False, True)
    (folder.run.samples / "still here").touch()
    assert steps.train(folder, settings(3), data, silent).finished
    assert (folder.run.samples / "still here").exists()
    assert [line["step"] for line in read_log(folder.run)] == [1, 2, 3]


def test_other_settings_start_again(tmp_path: Path) -> None:
    folder, data = steps.DemoFolder(tmp_path), numbered_data(3, 3)
    steps.train(folder, settings(3), data, stopped_at(1))
    (folder.run.samples / "left over").touch()
    assert steps.train(folder, settings(2), data, silent).finished
    assert not (folder.run.samples / "left over").exists()


@pytest.mark.parametrize("name", ["run", "export", "report"])
def test_everything_lies_in_the_folder(name: str) -> None:
    found = getattr(steps.DemoFolder(Path("d")), name)
    assert getattr(found, "path", found).parent == Path("d")
