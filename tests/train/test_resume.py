"""What may change when a run goes on, and what the learning rate does then."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import UsageError
from edgegan.settings import write_toml
from edgegan.train.config import load_config
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.resume import RESUMABLE, check_steps, rate_change, resumed_config
from edgegan.train.run_folder import RunFolder

BEGUN = ["train.steps=100", "train.decay_start=50", "optimizer.learning_rate=1e-3"]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path)
    write_toml(run.config, load_config(CycleGANConfig, "cyclegan", BEGUN))
    return run


def test_what_may_change_does(folder: RunFolder) -> None:
    changes = [f"{key}=7" for key in RESUMABLE]
    saved, settings = resumed_config(folder, changes)
    assert saved == load_config(CycleGANConfig, "cyclegan", BEGUN)
    assert {getattr(settings.train, key.removeprefix("train.")) for key in RESUMABLE} == {7}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (["loss.cycle=1"], r"loss\.cycle \(10\.0 to 1\.0\): it would be"),
        (["train.seed=1", "data.flip=false"], r"data\.flip \(True to False\), train\.seed \(0 to"),
        (["generator.filters=8"], r"generator\.filters"),
        (["train.pool_size=0"], r"train\.pool_size"),
    ],
)
def test_the_differing_keys_are_named(folder: RunFolder, changes: list[str], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        resumed_config(folder, changes)


def test_more_steps_keep_the_decay_where_it_began(folder: RunFolder) -> None:
    saved, settings = resumed_config(folder, ["train.steps=150"])
    assert settings.decay_start == 50
    assert rate_change(saved, settings, 40) is None  # before the decay all is as it was
    told = rate_change(saved, settings, 75)  # 1e-3 * 25 / 50, and 1e-3 * 75 / 100
    assert told is not None
    assert "step 75 was to be 0.0005 and is now 0.00075" in told
    assert "from step 50 (train.decay_start) to 150" in told


def test_an_end_before_what_is_done_is_refused(folder: RunFolder) -> None:
    _, settings = resumed_config(folder, ["train.steps=60"])
    check_steps(settings, 60)
    with pytest.raises(UsageError, match=r"train\.steps is 60, but the run has done 61"):
        check_steps(settings, 61)
