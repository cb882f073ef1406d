"""A training killed by `kill -9` goes on bit for bit, wherever it was hit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.train.checkpoints import Checkpoints
from edgegan.train.fit import Fitted, fit
from edgegan.train.image_pool import ImagePool
from edgegan.train.run_folder import RunFolder
from tests.repository import ROOT
from tests.train.killed_training import DATA, STEPS, config
from tests.train.test_fit import assert_same_run, state


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """The same training without a break."""
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "straight")
    return fit(config("cyclegan"), DATA["cyclegan"], folder)


def kill_when(folder: RunFolder, family: str, hit: Callable[[], bool]) -> None:
    """Start the training in its own process, and kill it as soon as `hit` is true."""
    command = [sys.executable, "-m", "tests.train.killed_training", str(folder.path), family]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 600
        while not hit():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < until, "it never came to where it was to be killed"
            time.sleep(0.0002)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def within_a_checkpoint(folder: RunFolder) -> bool:
    """Tell whether the checkpoint of step 4 or later is half written just now."""
    return any(path.name >= ".tmp-step-0000004" for path in folder.checkpoints.glob(".tmp-*"))


def between_checkpoints(folder: RunFolder) -> bool:
    """Tell whether step 5 is done, whose checkpoint would be that of step 6."""
    return folder.log.is_file() and folder.log.read_text().count("\n") >= 5


@pytest.mark.parametrize("hit", [within_a_checkpoint, between_checkpoints])
def test_it_goes_on_as_if_nothing_had_happened(
    straight: Fitted, tmp_path: Path, hit: Callable[[RunFolder], bool]
) -> None:
    folder = RunFolder(tmp_path / "run")
    go_on_after_a_kill(folder, "cyclegan", lambda: hit(folder))
    assert_same_run(straight.folder, folder)


@pytest.mark.slow
def test_so_does_stargan(tmp_path: Path) -> None:
    """Also between two updates of the generator, which come once in three steps."""
    whole, folder = RunFolder(tmp_path / "straight"), RunFolder(tmp_path / "run")
    assert fit(config("stargan"), DATA["stargan"], whole).finished
    go_on_after_a_kill(folder, "stargan", lambda: between_checkpoints(folder))
    assert_same_run(whole, folder)


def go_on_after_a_kill(folder: RunFolder, family: str, hit: Callable[[], bool]) -> None:
    """Begin a training, kill it, and go on to the end."""
    kill_when(folder, family, hit)
    saved = Checkpoints(folder=folder.checkpoints).steps()
    assert saved
    assert 2 <= saved[-1] < STEPS
    assert not folder.generators.exists()
    assert fit(config(family), DATA[family], folder).finished


def test_without_the_pool_it_would_not(
    straight: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above has teeth: a checkpoint that lacks the pool gives other weights."""
    folder = RunFolder(tmp_path / "run")

    def stop(done: int, note: str = "") -> None:
        del note
        if done == 6:
            signal.raise_signal(signal.SIGINT)

    settings, data = config("cyclegan"), DATA["cyclegan"]
    assert not fit(settings, data, folder, stop).finished
    restore = Checkpoints.restore

    def forgetful(self: Checkpoints, gan: Any, hint: str) -> int:
        step = restore(self, gan, hint)
        for pool in (*gan._pools_a, *gan._pools_b):
            empty = ImagePool(pool._size, tuple(pool._images.shape[1:]), pool._seed)
            pool._images.assign(empty._images)
            pool._count.assign(empty._count)
        return step

    monkeypatch.setattr(Checkpoints, "restore", forgetful)
    assert fit(settings, data, folder).finished
    one, other = state(straight.folder), state(folder)
    networks = [name for name in one if name.startswith("gan/d_")]
    assert networks
    assert any(not np.array_equal(one[name], other[name]) for name in networks)
