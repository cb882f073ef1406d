"""What the settings of a student come from, and who has the last word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.errors import UsageError
from edgegan.export.student_settings import narrowed, open_subject, student_settings
from edgegan.generator import GeneratorConfig
from edgegan.manifest import manifest_path
from edgegan.settings import write_toml
from edgegan.train.cyclegan_config import CycleGANConfig, LossConfig
from edgegan.train.run_folder import RunFolder
from edgegan.train.stargan_config import StarGANConfig, StarGANLossConfig
from tests.export.generators import TINY, saved, saved_stargan
from tests.train.tiny import tiny_config

NARROW = replace(TINY, filters=2)


def test_the_preset_of_the_family(tmp_path: Path) -> None:
    subject = open_subject(saved(tmp_path))
    assert (subject.generator, subject.direction, subject.run) == (TINY, "A2B", None)
    found = student_settings(subject, NARROW, None, ["emoji"], ["discriminator.layers=1"])
    assert isinstance(found, CycleGANConfig)
    assert found.generator == NARROW
    assert (found.train.steps, found.train.ema, found.data.batch_size) == (66_700, 0.999, 4)
    assert (found.distillation.l1, found.distillation.direction) == (10.0, "A2B")
    assert found.data.spec == "emoji"


def test_a_stargan_has_another(tmp_path: Path) -> None:
    subject = open_subject(saved_stargan(tmp_path))
    small = replace(subject.generator, filters=2)
    found = student_settings(subject, small, None, ["emoji-styles"], [])
    assert isinstance(found, StarGANConfig)
    assert found.generator == small
    assert (found.loss.gan, found.train.n_critic, found.data.specs) == (
        "lsgan",
        1,
        ("emoji-styles",),
    )


def run_with(tmp_path: Path, load_size: int | None = None, crop_size: int | None = None) -> Path:
    """Write a generator into the run of a training with Wasserstein losses and no flips."""
    folder = RunFolder(tmp_path / "run")
    folder.generators.mkdir(parents=True)
    config = tiny_config()
    config = replace(
        config,
        loss=LossConfig(gan="wgan-gp"),
        data=replace(
            config.data, flip=False, batch_size=2, load_size=load_size, crop_size=crop_size
        ),
    )
    write_toml(folder.config, config)
    return saved(folder.generators)


def test_the_run_tells_discriminator_and_data(tmp_path: Path) -> None:
    subject = open_subject(run_with(tmp_path))
    found = student_settings(subject, NARROW, None, [], [])
    assert isinstance(found, CycleGANConfig)
    assert found.discriminator == tiny_config().discriminator
    assert (found.loss.gan, found.data.flip, found.data.spec) == ("hinge", False, "emoji")
    asked = student_settings(subject, NARROW, None, [], ["loss.gan=vanilla"])
    assert asked.loss.gan == "vanilla"
    assert found.data.batch_size == 4  # the preset's: memory is another


def test_the_run_of_a_stargan_tells_its_losses(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.generators.mkdir(parents=True)
    subject = open_subject(saved_stargan(folder.generators))
    loss = StarGANLossConfig(gan="hinge", classification=0.5)
    config = StarGANConfig(generator=subject.generator, loss=loss)
    write_toml(folder.config, config)
    subject = open_subject(subject.path)  # now in a run
    found = student_settings(subject, subject.generator, None, ["emoji-styles"], [])
    assert isinstance(found, StarGANConfig)
    assert (found.loss.gan, found.loss.classification) == ("hinge", 0.5)


def test_images_are_whole_whatever_the_run_cropped(tmp_path: Path) -> None:
    subject = open_subject(run_with(tmp_path, load_size=40, crop_size=32))
    words = ["discriminator.layers=1"]
    found = student_settings(subject, NARROW, None, [], words)
    assert isinstance(found, CycleGANConfig)
    assert (found.load_size, found.crop_size, found.distillation.target_share) == (32, 32, 0.0)
    larger = student_settings(subject, NARROW, None, [], [*words, "data.crop_size=64"])
    assert isinstance(larger, CycleGANConfig)
    assert (larger.load_size, larger.crop_size) == (64, 64)
    cropped = student_settings(subject, NARROW, None, [], [*words, "data.load_size=36"])
    assert isinstance(cropped, CycleGANConfig)
    assert (cropped.load_size, cropped.crop_size) == (36, 32)
    wide = student_settings(subject, NARROW, None, [], [*words, "data.preprocess=scale_width"])
    assert isinstance(wide, CycleGANConfig)
    assert wide.load_size == 40  # whole without that, and no square


def test_the_same_network_in_int8_is_tuned_gently(tmp_path: Path) -> None:
    subject = open_subject(saved(tmp_path))
    asked = ["distillation.quantize=tflite", "discriminator.layers=1"]
    found = student_settings(subject, TINY, None, ["emoji"], asked)
    assert isinstance(found, CycleGANConfig)
    assert (found.distillation.adversarial, found.distillation.alignment) == (0.0, 0.0)
    assert (found.optimizer.learning_rate, found.load_size, found.crop_size) == (1e-4, 16, 16)
    narrow = student_settings(subject, NARROW, None, ["emoji"], asked)
    assert isinstance(narrow, CycleGANConfig)
    assert narrow.optimizer.learning_rate == 2e-4
    assert (narrow.distillation.adversarial, narrow.distillation.alignment) == (3.0, 1.0)
    words = ["optimizer.learning_rate=1e-5", "data.load_size=20"]
    changed = student_settings(subject, TINY, None, ["emoji"], [*asked, *words])
    assert isinstance(changed, CycleGANConfig)
    assert (changed.optimizer.learning_rate, changed.load_size) == (1e-5, 20)


def test_a_stargan_in_int8_is_tuned_so_too(tmp_path: Path) -> None:
    subject = open_subject(saved_stargan(tmp_path))
    words = ["distillation.quantize=onnx"]
    found = student_settings(subject, subject.generator, None, ["emoji-styles"], words)
    assert (found.distillation.adversarial, found.distillation.alignment) == (0.0, 0.0)
    assert found.optimizer.learning_rate == 1e-4


def test_later_words_win(tmp_path: Path) -> None:
    subject = open_subject(run_with(tmp_path))
    named = tmp_path / "mine.toml"
    named.write_text('[loss]\ngan = "lsgan"\n[train]\nsteps = 30\n[distillation]\nl1 = 3\n')
    found = student_settings(subject, NARROW, str(named), ["folder:x"], ["train.steps=7"])
    assert isinstance(found, CycleGANConfig)
    assert (found.loss.gan, found.train.steps, found.distillation.l1) == ("lsgan", 7, 3.0)
    assert found.data.spec == "folder:x"


def test_bad_input_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    subject = open_subject(path)
    with pytest.raises(UsageError, match="name them with --data"):
        student_settings(subject, NARROW, None, [], [])
    with pytest.raises(UsageError, match="one data set"):
        student_settings(subject, NARROW, None, ["emoji", "folder:x"], [])
    with pytest.raises(UsageError, match="does not exist"):
        open_subject(tmp_path / "nowhere.keras")
    manifest_path(path).unlink()
    with pytest.raises(UsageError, match="no manifest"):
        open_subject(path)


def test_narrowing() -> None:
    assert narrowed(TINY, 2) == replace(TINY, filters=2)
    uneven = GeneratorConfig(image_size=16, residual_blocks=1, widths=(4, 8, 16, 6, 8, 4))
    with pytest.raises(UsageError, match="wider than its teacher"):
        narrowed(uneven, 2)  # its block has 6 channels inside, not 8
    assert narrowed(uneven, 1).layer_widths.flat == (1, 2, 4, 4, 2, 1)
    with pytest.raises(UsageError, match="wider than its teacher"):
        narrowed(TINY, 5)
