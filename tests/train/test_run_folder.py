"""Run folders: names, paths, and what exists already."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import UsageError
from edgegan.settings import write_toml
from edgegan.train.cyclegan_config import CycleGANConfig, DataConfig
from edgegan.train.run_folder import RunFolder, new_run, open_run, run_path
from edgegan.train.stargan_config import StarGANConfig, StarGANDataConfig


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make_run(path: str) -> None:
    """Write the configuration of a run."""
    write_toml(Path(path) / "config.toml", CycleGANConfig(data=DataConfig(spec="folder:cats")))


def test_the_layout() -> None:
    folder = RunFolder(Path("r"))
    assert [str(path) for path in (folder.config, folder.log, folder.tensorboard)] == [
        "r/config.toml",
        "r/log.jsonl",
        "r/tensorboard",
    ]
    assert [str(path) for path in (folder.samples, folder.checkpoints, folder.generators)] == [
        "r/samples",
        "r/checkpoints",
        "r/generators",
    ]


def test_a_name_lies_below_runs_and_a_path_where_it_says() -> None:
    assert run_path("zebra") == Path("runs/zebra")
    assert run_path("./zebra") == Path("zebra")
    assert run_path("/data/zebra") == Path("/data/zebra")


def test_new_runs_are_numbered() -> None:
    assert new_run(None, "cyclegan-emoji").path == Path("runs/cyclegan-emoji-1")
    make_run("runs/cyclegan-emoji-1")
    make_run("runs/cyclegan-emoji-2")
    assert new_run(None, "cyclegan-emoji").path == Path("runs/cyclegan-emoji-3")


def test_choosing_a_new_run_writes_nothing(tmp_path: Path) -> None:
    new_run("zebra", "cyclegan")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("run", "path"), [("zebra", "runs/zebra"), ("./here/zebra", "here/zebra")])
def test_an_existing_run_is_not_overwritten(run: str, path: str) -> None:
    assert new_run(run, "cyclegan").path == Path(path)
    make_run(path)
    with pytest.raises(UsageError, match=f"{path} exists. Go on with it by --resume {run}"):
        new_run(run, "cyclegan")


def test_runs_are_opened_by_name_or_path() -> None:
    make_run("runs/zebra")
    make_run("elsewhere")
    assert open_run("zebra").path == Path("runs/zebra")
    assert open_run("runs/zebra").path == Path("runs/zebra")
    assert open_run("elsewhere").path == Path("elsewhere")  # no slash, yet it is there
    assert open_run("zebra").data_specs() == ("folder:cats",)


def test_a_run_names_all_its_data() -> None:
    sets = StarGANDataConfig(specs=("celeba:faces", "classes:moods"))
    write_toml(Path("runs/faces/config.toml"), StarGANConfig(data=sets))
    assert open_run("faces").data_specs() == sets.specs


def test_a_missing_run_lists_those_there() -> None:
    with pytest.raises(UsageError, match=r"no run 'zebra' .*Runs here: none"):
        open_run("zebra")
    make_run("runs/horse")
    (Path("runs") / "not-a-run").mkdir()
    with pytest.raises(UsageError, match=r"runs/zebra/config\.toml.*Runs here: horse\."):
        open_run("zebra")
