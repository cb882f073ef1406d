from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.console import Report, silent
from edgegan.demo import steps
from edgegan.demo.family import Demo
from edgegan.domains import encode
from edgegan.emoji_styles import held_out_drawings
from edgegan.errors import UsageError
from edgegan.images import to_float
from edgegan.runtime.engine import load
from edgegan.train.config import data_specs
from edgegan.train.cyclegan_config import TrainConfig
from edgegan.train.generator_file import save_generator
from edgegan.train.networks import build_generator
from edgegan.train.paired_quality import distances_to
from edgegan.train.stargan_config import StarGANTrainConfig
from edgegan.train.training_log import read_log
from tests.train.tiny import numbered_data, tiny_config
from tests.train.tiny_stargan import CLASSES, numbered_labeled, tiny_stargan


def cyclegan(count: int) -> Demo:
    train = TrainConfig(steps=count, pool_size=2, log_every=1, checkpoint_every=1)
    config = tiny_config(train=train)
    return replace(steps.open_demo("cyclegan"), config=config, data=numbered_data(3, 3))


def stargan(count: int) -> Demo:
    train = StarGANTrainConfig(steps=count, n_critic=1, log_every=1, checkpoint_every=1)
    config, data = tiny_stargan(CLASSES, train=train), numbered_labeled([6], [CLASSES])
    return replace(steps.open_demo("stargan"), config=config, data=data)


@pytest.mark.parametrize(
    ("family", "spec", "directions", "emoji"),
    [("cyclegan", "emoji", 1, 400), ("stargan", "emoji-styles", 6, 200)],
)
def test_the_preset_is_a_small_valid_configuration(
    family: str, spec: str, directions: int, emoji: int
) -> None:
    demo = steps.open_demo(family)
    assert (data_specs(demo.config), demo.config.generator.image_size) == ((spec,), 64)
    assert demo.config.generator.family == family
    assert [(len(d.sources), len(d.truths)) for d in demo.directions] == [
        (emoji, emoji)
    ] * directions


def test_stargans_directions_ask_for_the_style_of_the_truth() -> None:
    demo, drawn = steps.open_demo("stargan"), held_out_drawings()
    assert len({(one.source, one.target) for one in demo.directions}) == 6
    for one in demo.directions:
        assert one.label is not None
        asked = {d.name: v for d, v in zip(demo.config.generator.domains, one.label, strict=True)}
        assert asked == {style: float(style == one.target.lower()) for style in drawn}
        np.testing.assert_array_equal(one.sources[3], drawn[one.source.lower()][3])
        np.testing.assert_array_equal(one.truths[3], drawn[one.target.lower()][3])


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(UsageError, match="Did you mean 'stargan'"):
        steps.open_demo("startgan")


@pytest.mark.parametrize(
    ("family", "change"),
    [
        ("cyclegan", 'data.spec="folder:x"'),
        ("cyclegan", "train.steps=0"),
        ("stargan", 'data.specs=["classes:x"]'),
        ("stargan", 'data.specs=["emoji-styles", "classes:x"]'),
        ("stargan", "train.steps=0"),
    ],
)
def test_other_data_or_no_step_is_refused(family: str, change: str) -> None:
    with pytest.raises(UsageError, match=f"embedded emoji .* edgegan train {family} --data"):
        steps.open_demo(family, [change])


@pytest.mark.slow
def test_a_finished_demo_starts_again(tmp_path: Path) -> None:
    folder = steps.DemoFolder(tmp_path)
    assert steps.train(folder, stargan(2), silent).finished
    (folder.run.samples / "left over").touch()
    (folder.run.path / "of the user").touch()
    assert steps.train(folder, stargan(2), silent).finished
    assert not (folder.run.samples / "left over").exists()
    assert (folder.run.path / "of the user").exists()
    assert [line["step"] for line in read_log(folder.run)] == [1, 2]


def stopped_at(step: int) -> Report:
    def report(done: int, note: str = "") -> None:
        del note
        if done == step:
            os.kill(os.getpid(), signal.SIGINT)

    return report


@pytest.mark.parametrize("demo", [cyclegan, stargan])
def test_an_interrupted_demo_goes_on(tmp_path: Path, demo: Callable[[int], Demo]) -> None:
    folder = steps.DemoFolder(tmp_path)
    fitted = steps.train(folder, demo(3), stopped_at(1))
    assert (fitted.finished, fitted.steps < 3) == (False, True)
    (folder.run.samples / "still here").touch()
    assert steps.train(folder, demo(3), silent).finished
    assert (folder.run.samples / "still here").exists()
    assert [line["step"] for line in read_log(folder.run)] == [1, 2, 3]


def test_other_settings_start_again(tmp_path: Path) -> None:
    folder = steps.DemoFolder(tmp_path)
    steps.train(folder, cyclegan(3), stopped_at(1))
    (folder.run.samples / "left over").touch()
    assert steps.train(folder, cyclegan(2), silent).finished
    assert not (folder.run.samples / "left over").exists()


def test_the_demo_of_another_family_is_left_alone(tmp_path: Path) -> None:
    folder = steps.DemoFolder(tmp_path)
    steps.train(folder, stargan(1), silent)
    with pytest.raises(UsageError, match=r"holds a demo of .* another folder with -o"):
        steps.train(folder, cyclegan(1), silent)
    assert folder.generator(stargan(1)).exists()


@pytest.mark.slow
def test_quality_is_that_of_each_emoji_over_all_directions(tmp_path: Path) -> None:
    demo = steps.open_demo("stargan", ["generator.filters=2", "generator.residual_blocks=1"])
    path = tmp_path / "G.keras"
    config = demo.config.generator
    save_generator(build_generator(config, "G"), path, config, direction="G")
    named = {"ours": load(path)}
    seen: list[int] = []
    row = steps.quality(demo, named, lambda done, note="": seen.append(done))[-1]
    assert seen == list(range(1, 1 + steps.quality_steps(demo, named)))
    expected = []
    for one in demo.directions:
        label = encode(config.domains, {one.target.lower(): True})
        images = [named["ours"](one.sources[i], label) for i in range(200)]
        truths = [one.truths[i] for i in range(200)]
        expected.append(distances_to(to_float(np.stack(images)), to_float(np.stack(truths)))["L1"])
    np.testing.assert_allclose(row.distances["L1"], np.mean(expected, axis=0), rtol=1e-6)


@pytest.mark.parametrize("name", ["run", "export", "report"])
def test_everything_lies_in_the_folder(name: str) -> None:
    found = getattr(steps.DemoFolder(Path("d")), name)
    assert getattr(found, "path", found).parent == Path("d")
