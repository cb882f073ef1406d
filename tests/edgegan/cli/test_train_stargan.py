"""`edgegan train stargan`: from labelled folders to a generator, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgegan.train.config import load_run_config
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log
from tests.edgegan.cli.command import Command
from tests.edgegan.labeled_folders import write_celeba, write_classes

TINY = [
    *("--set", "generator.image_size=16", "--set", "generator.filters=2"),
    *("--set", "generator.residual_blocks=1", "--set", "discriminator.filters=2"),
    *("--set", "data.batch_size=2", "--set", "train.n_critic=1", "--set", "train.log_every=1"),
]


def test_a_run_goes_on_with_its_own_data_only(command: Command, tmp_path: Path) -> None:
    moods, run = tmp_path / "moods", tmp_path / "run"
    faces = write_celeba(tmp_path / "faces", {"Male": "+-" * 6, "Young": "++--" * 3})
    write_classes(moods, {"happy": 5, "sad": 4})
    data = ("--data", f"celeba:{faces}", "--data", f"classes:{moods}")
    done = command(
        *("train", "stargan", *data, "--run", run, *TINY, "--set", "train.steps=2"),
        "--json",
    )
    assert done.code == 0, done.err
    content = json.loads(done.out)
    assert (content["steps"], content["finished"]) == (2, True)
    assert [Path(path).name for path in content["generators"]] == ["G.keras"]
    assert f"classes:{moods} (7 images), domains Male, Young, happy, sad" in done.err
    config = load_run_config(RunFolder(run).config)
    assert [(d.name, d.dataset) for d in config.generator.domains] == [
        *[("Male", 0), ("Young", 0), ("happy", 1), ("sad", 1)],
    ]

    other = command("train", "cyclegan", "--resume", run)
    assert (other.code, len(other.errors)) == (2, 1)
    assert (
        f"trains stargan. Go on with it by: edgegan train stargan --resume {run}"
        in (other.errors[0])
    )
    locked = command("train", "stargan", "--resume", run, "--set", "train.n_critic=5")
    assert (locked.code, len(locked.errors)) == (2, 1)
    assert "train.n_critic (1 to 5)" in locked.errors[0]

    longer = command("train", "stargan", "--resume", run, "--set", "train.steps=3")
    assert longer.code == 0, longer.err
    assert [line["step"] for line in read_log(RunFolder(run))] == [1, 2, 3]

    (moods / "sad").rename(moods / "angry")
    changed = command("train", "stargan", "--resume", run, "--set", "train.steps=4")
    assert (changed.code, len(changed.errors)) == (2, 1)
    assert (
        "domains Male, Young, happy, sad; the data has Male, Young, angry, happy."
        in (changed.errors[0])
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "emojis-styles"], "Did you mean 'emoji-styles'"),
        (["--data", "celeba:gone"], "gone"),
        (["--data", "emoji"], "edgegan train cyclegan --data emoji"),
        (["--config", "stargam"], "Did you mean 'stargan'"),
        (["--config", "cyclegan"], "Unknown preset 'cyclegan'"),
        (["--set", "loss.gan=vanilla"], "expected one of 'wgan-gp', 'lsgan', 'hinge'"),
        (["--set", "generator.padding=reflect"], "which a label does not survive"),
        (["--set", "generator.image_size=160"], "must be a multiple of 64"),
        (["--resume", "r", "--data", "emoji-styles"], "leave them out"),
    ],
)
def test_bad_requests_get_one_line(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command("train", "stargan", *arguments)
    assert len(done.errors) == 1
    assert done.code in (1, 2)
    assert words in done.errors[0]
    assert list(tmp_path.iterdir()) == []
