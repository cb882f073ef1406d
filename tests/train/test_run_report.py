"""The report of a training run: complete, self-contained, and never in the way."""

from __future__ import annotations

import base64
import io
import json
import logging
import math
import os
import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from edgegan.generator import GeneratorConfig
from edgegan.images import ImageArray, save_image
from edgegan.train.config import TrainingConfig
from edgegan.train.cyclegan_config import CycleGANConfig, DataConfig, LossConfig, TrainConfig
from edgegan.train.run_folder import RunFolder
from edgegan.train.run_report import POINTS, ROWS, changed_settings, thin, write_report
from edgegan.train.sample_grid import sample_grid
from edgegan.train.stargan_config import StarGANDataConfig
from tests.train.tiny import SIZE, noise, tiny_config
from tests.train.tiny_stargan import ATTRIBUTES, LSGAN, tiny_stargan

LINE = {
    "gan_a2b": 0.5,
    "gan_b2a": 0.4,
    "cycle_a": 2.0,
    "cycle_b": 1.5,
    "identity_a": 0.3,
    "identity_b": 0.2,
    "discriminator_a": 0.25,
    "discriminator_b": 0.2,
    "learning_rate": 2e-4,
    "images_per_s": 12.5,
    "input_bound": 0.1,
}
CONFIG = tiny_config(train=TrainConfig(steps=100))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "runs" / "first run")
    folder.path.mkdir(parents=True)
    return folder


def write_log(folder: RunFolder, lines: list[dict[str, float]]) -> None:
    folder.log.write_text("".join(json.dumps(line) + "\n" for line in lines))


def report(folder: RunFolder, config: TrainingConfig = CONFIG) -> str:
    write_report(folder, config)
    return folder.report.read_text()


def pictures(text: str) -> dict[str, ImageArray]:
    """Decode the page's pictures, by caption, in their order."""
    found = re.findall(r'<img alt="([^"]+)" src="data:image/\w+;base64,([^"]+)"', text)
    return {
        name: np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for name, data in found
    }


def legend(text: str) -> set[str]:
    return set(re.findall(r"</i>([a-z_0-9]+)</span>", text)) & {*LINE, "classification"}


def test_every_curve_is_drawn(folder: RunFolder) -> None:
    write_log(folder, [{"step": step, **LINE, "classification": 1.0} for step in (10, 20)])
    text = report(folder)
    assert legend(text) == {*LINE, "classification"}
    assert text.count("<polyline") == len(LINE) + 1
    assert "CycleGAN on emoji: step 20 of 100 (20%), 12.5 images a second." in text
    assert "ones has 0.25. Near 0 for long" in text
    assert not re.search(r"(src|href)=\"(?!data:)", text)


def test_a_log_without_some_values_is_drawn_all_the_same(folder: RunFolder) -> None:
    lines = [{"gan_a2b": -2.0}, {"gan_a2b": math.nan}, {"cycle_a": 1.0}]
    write_log(folder, [{"step": step, **line} for step, line in enumerate(lines, start=1)])
    text = report(folder, replace(CONFIG, loss=LossConfig(gan="wgan-gp")))
    assert legend(text) == {"gan_a2b", "cycle_a"}
    assert "step 3 of 100 (3%)." in text
    assert "cannot tell" not in text


def test_stargan_has_its_own_curves_rows_and_commands(folder: RunFolder) -> None:
    losses = {"discriminator": 0.5, "classification_real": 1.0, "learning_rate": 1e-4}
    generators = {"gan": 0.4, "classification_fake": 2.0, "cycle": 3.0}
    write_log(folder, [{"step": 1, **losses}, {"step": 2, **losses, **generators}])
    save_image(folder.samples / "step-0000002.png", np.zeros((16, 8, 3), np.uint8))
    data = StarGANDataConfig(specs=("celeba:faces", "classes:moods"))
    text = report(folder, tiny_stargan(ATTRIBUTES, loss=LSGAN, data=data))
    assert "StarGAN on celeba:faces, classes:moods: step 2 of 8 (25%)." in text
    assert "Classification losses, weighted" in text
    assert "Other losses" not in text
    assert text.count("<polyline") == len(losses)
    assert text.count("<circle") == len(generators)  # known at one step alone
    assert "ones has 0.50. Near 0 for long" in text  # twice CycleGAN's, which are halved
    rows = ["input", "Black_Hair", "Blond_Hair", "Male flipped"]
    assert re.findall("<li>(.*?)</li>", text) == rows
    assert "edgegan train stargan --resume" in text


def test_a_run_that_has_only_begun_has_a_report(folder: RunFolder) -> None:
    assert "step 0 of 100" in report(folder)
    assert "step 0 of 0." in report(folder, tiny_config(train=TrainConfig(steps=0)))


def test_the_newest_samples_and_the_first_are_shown(folder: RunFolder) -> None:
    grids = {step: np.full((12, 8, 3), step, np.uint8) for step in (10, 20, 30, 40, 50)}
    for step, grid in grids.items():
        save_image(folder.samples / f"step-{step:07d}.png", grid)
    save_image(folder.samples / "mine.png", grids[10])
    text = report(folder)
    shown = pictures(text)
    assert list(shown) == ["Step 50", "Step 40", "Step 30", "Step 10"]
    for name, picture in shown.items():
        np.testing.assert_array_equal(picture, grids[int(name.split()[1])])
    assert re.findall("<li>(.*?)</li>", text) == [*ROWS] * 4


def test_there_is_a_name_for_each_row_of_a_grid() -> None:
    grid = sample_grid(tf.identity, tf.identity, noise(0), noise(1))
    assert len(ROWS) * SIZE == len(grid)


def test_large_samples_are_made_small_and_renewed(folder: RunFolder) -> None:
    path = folder.samples / "step-0000010.png"
    pixels = np.random.default_rng(0).integers(0, 256, (6 * 128, 8 * 256, 3)).astype(np.uint8)
    for change in (0, 100):
        grid = pixels // 2 + np.uint8(change)
        save_image(path, grid)
        os.utime(path, ns=(change, change))
        text = report(folder)
        (shown,) = pictures(text).values()
        assert shown.shape[1] * 3 == shown.shape[0] * 8
        assert shown.mean() == pytest.approx(grid.mean(), abs=1)
        assert len(text) < 2e6 / 4


def test_a_damaged_sample_is_named(folder: RunFolder) -> None:
    path = folder.samples / "step-0000010.png"
    path.parent.mkdir()
    path.write_bytes(b"not an image" * 40_000)
    assert f"Step 10: {path} is not a readable image" in report(folder)


def test_a_report_that_cannot_be_written_is_only_a_warning(
    folder: RunFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.report.mkdir()
    with caplog.at_level(logging.WARNING):
        write_report(folder, CONFIG)
    assert "The report was not written: Cannot write" in caplog.text
    assert [path.name for path in folder.path.iterdir()] == ["report.html"]


def test_thinning_averages() -> None:
    values = np.random.default_rng(0).normal(size=950)
    lines = [{"step": 10.0 * (i + 1), "gan": float(value)} for i, value in enumerate(values)]
    for line in lines[::3]:
        line["cycle"] = line["step"]
    thinned = thin(lines)
    assert len(thinned) == math.ceil(950 / 3) <= POINTS
    assert thinned[1] == {
        "step": 60.0,
        "gan": pytest.approx(fmean(values[3:6])),
        "cycle": 40.0,  # the one line of the three that has it
    }
    assert thinned[-1]["step"] == 9500.0
    assert thin(lines[:POINTS]) == lines[:POINTS]
    assert thin([]) == []


def test_settings_that_differ_are_listed_with_their_defaults(folder: RunFolder) -> None:
    assert changed_settings(CycleGANConfig()) == []
    config = CycleGANConfig(
        generator=GeneratorConfig(filters=32, upsample="resize"),
        data=DataConfig(spec="folder:a<b"),
    )
    assert changed_settings(config) == [
        ("generator.filters", "32", "64"),
        ("generator.upsample", "resize", "deconv"),
        ("data.spec", "folder:a<b", "emoji"),
    ]
    assert "<td>folder:a&lt;b</td><td>emoji</td>" in report(folder, config)


def test_the_commands_fit_the_state(folder: RunFolder) -> None:
    run = f"&#x27;{folder.path}&#x27;"  # quoted, since it has a space
    write_log(folder, [{"step": 99, **LINE}])
    text = report(folder)
    assert f"edgegan train cyclegan --resume {run}   # after an interruption" in text
    assert f"edgegan export {run} --target tflite --target onnx   # once" in text
    write_log(folder, [{"step": 100, **LINE}])
    text = report(folder)
    assert f"edgegan export {run} --target tflite --target onnx\n" in text
    assert f"edgegan train cyclegan --resume {run} --set train.steps=200" in text
