"""Pruning: how many weights of which kernels are 0, and that they stay so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.train.distillation_config import DistillationConfig, parse_prune
from edgegan.train.generator_file import load_generator
from edgegan.train.networks import build_generator
from edgegan.train.pruning import PrunedForm
from tests.train.test_fit import assert_resumes
from tests.train.tiny import numbered_data
from tests.train.tiny_distillation import student_config, write_teacher

CONFIG = GeneratorConfig(image_size=16, filters=8, residual_blocks=1)


def kernels(model: keras.Model) -> dict[str, Any]:
    """Return the kernels as `[h, w, inputs, outputs]`, by layer."""
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2DTranspose):
            found[layer.name] = layer.get_weights()[0].transpose(0, 1, 3, 2)
        elif isinstance(layer, keras.layers.Conv2D):
            found[layer.name] = layer.get_weights()[0]
    return found


def trained(prune: str, steps: int = 10) -> tuple[PrunedForm, keras.Model]:
    """Prune a generator while something else moves its weights."""
    keras.utils.set_random_seed(1)
    generator = build_generator(CONFIG)
    form, rng = PrunedForm(generator, prune, steps), np.random.default_rng(0)
    for step in range(1, steps + 1):
        form.before_step(tf.constant(step, tf.int64))
        for layer in generator.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.kernel.assign_add(rng.normal(0, 1e-4, layer.kernel.shape))
    form.finish(generator)
    return form, generator


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("steps", [1, 2, 10, 300])
def test_magnitude_leaves_the_share_that_was_asked_for(share: float, steps: int) -> None:
    form, generator = trained(f"magnitude:{share}", steps)
    found = kernels(generator)
    assert len(found) == 8
    for name, kernel in found.items():
        zeros = int((kernel == 0).sum())
        assert abs(zeros - share * kernel.size) <= 1, name
    assert form.record()["pruning"]["sparsity"] == pytest.approx(share, abs=1e-3)


def test_the_smallest_are_those_that_go() -> None:
    keras.utils.set_random_seed(1)
    generator = build_generator(CONFIG)
    before = kernels(generator)
    form = PrunedForm(generator, "magnitude:0.5", steps=1)
    form.before_step(tf.constant(1, tf.int64))
    for name, kernel in kernels(generator).items():
        kept = np.abs(before[name])[kernel != 0]
        gone = np.abs(before[name])[kernel == 0]
        assert gone.max() <= kept.min(), name


def test_sparsity_grows_in_the_first_half() -> None:
    generator = build_generator(CONFIG)
    form = PrunedForm(generator, "magnitude:0.8", steps=20)
    shares = []
    for step in range(1, 21):
        form.before_step(tf.constant(step, tf.int64))
        shares.append(form.record()["pruning"]["sparsity"])
    assert shares == sorted(shares)
    assert shares[0] < 0.1 < shares[4] < 0.8
    assert shares[11] == shares[-1] == pytest.approx(0.8, abs=1e-3)


def test_2_4_has_two_zeros_in_each_four_inputs() -> None:
    _, generator = trained("2:4")
    for name, kernel in kernels(generator).items():
        inputs = kernel.shape[2]
        if inputs % 4:
            assert (kernel != 0).all(), name
            continue
        groups = kernel.transpose(0, 1, 3, 2).reshape(-1, 4)
        assert ((groups != 0).sum(axis=1) == 2).all(), name
    assert {kernel.shape[2] for kernel in kernels(generator).values()} == {3, 8, 16, 32}


def test_2_4_keeps_the_two_largest() -> None:
    keras.utils.set_random_seed(1)
    generator = build_generator(CONFIG)
    before = kernels(generator)["up1_conv"]
    form = PrunedForm(generator, "2:4", steps=1)
    form.before_step(tf.constant(1, tf.int64))
    groups = [
        k.transpose(0, 1, 3, 2).reshape(-1, 4) for k in (before, kernels(generator)["up1_conv"])
    ]
    largest = np.sort(np.argsort(np.abs(groups[0]), axis=1)[:, 2:], axis=1)
    left = np.stack([np.flatnonzero(row) for row in groups[1]])
    np.testing.assert_array_equal(left, largest)


@pytest.mark.parametrize(("prune", "ema"), [("magnitude:0.75", 0.9), ("2:4", 0.0)])
def test_a_run_is_resumed_and_its_file_is_plain(prune: str, ema: float, tmp_path: Path) -> None:
    teacher = GeneratorConfig(image_size=8, filters=4, residual_blocks=1, downsamplings=1)
    lessons = DistillationConfig(teacher=str(write_teacher(tmp_path, teacher)), prune=prune)
    config = student_config(lessons)
    config = replace(config, generator=teacher, train=replace(config.train, ema=ema))
    data = numbered_data(5, 4)
    broken = assert_resumes(config, data, tmp_path)
    model, manifest = load_generator(broken.generators / "A2B.keras")
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} <= {
        "tf_keras",
        "edgegan",
    }
    assert manifest is not None
    told = manifest.options["pruning"]
    assert told["asked"] == prune
    found = [k for k in kernels(model).values() if prune != "2:4" or k.shape[2] % 4 == 0]
    zeros = sum(int((kernel == 0).sum()) for kernel in found) / sum(k.size for k in found)
    assert zeros == pytest.approx(told["sparsity"], abs=1e-6)
    assert zeros == pytest.approx(0.5 if prune == "2:4" else 0.75, abs=2e-3)


@pytest.mark.parametrize("text", ["80%", "magnitude", "magnitude:1", "magnitude:0", "1:4", ""])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"2:4, or magnitude:"):
        parse_prune(text)


def test_pruning_without_training_is_refused() -> None:
    with pytest.raises(UsageError, match="needs training"):
        PrunedForm(build_generator(CONFIG), "2:4", steps=0)


def test_nothing_to_prune_is_an_error() -> None:
    small = GeneratorConfig(image_size=16, filters=2, residual_blocks=1, downsamplings=0)
    with pytest.raises(UsageError, match="prunes nothing here"):
        PrunedForm(build_generator(small), "2:4", steps=1)
