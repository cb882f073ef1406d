"""Generators with a label beside the image, on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.domains import Domain
from edgegan.errors import ArtifactError
from edgegan.manifest import Task
from edgegan.selftest import deviation, selftest_input
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR, SIZE


def test_a_generator_with_a_label_round_trips(tmp_path: Path) -> None:
    domains = (Domain(name="happy", group="mood", one_hot=True, default=1.0), Domain(name="Male"))
    config = replace(GENERATOR, family="stargan", padding="zero", domains=domains)
    model = build_generator(config, "G")
    written = save_generator(model, tmp_path / "G.keras", config, "G")
    loaded, manifest = load_generator(tmp_path / "G.keras")
    assert manifest == written
    assert manifest.task == Task(family="stargan", direction="G", domains=domains)
    assert manifest.generator == config
    image, label = manifest.io.inputs
    assert (image.name, image.shape, image.layout) == ("image", (None, SIZE, SIZE, 3), "NHWC")
    assert (label.name, label.shape, label.layout) == ("label", (None, 2), "NC")
    assert (label.dtype, label.range) == ("float32", (0.0, 1.0))
    assert [tensor.name for tensor in manifest.io.outputs] == ["output"]
    assert manifest.selftest is not None
    assert manifest.selftest.label == (1, 1)
    x = selftest_input((1, SIZE, SIZE, 3))
    output = loaded([x, np.ones((1, 2), np.float32)]).numpy()
    assert deviation(manifest.selftest, output, "fp32") < 1e-6
    other = loaded([x, np.zeros((1, 2), np.float32)]).numpy()
    assert deviation(manifest.selftest, other, "fp32") > manifest.selftest.atol


def _two_labels() -> Any:
    image, labels = keras.Input((8, 8, 3)), [keras.Input((3,)) for _ in range(2)]
    shift = keras.layers.Reshape((1, 1, 3))(keras.layers.Add()(labels))
    return keras.Model([image, *labels], keras.layers.Add()([image, shift]))


def _label_first() -> Any:
    label, image = keras.Input((3,)), keras.Input((8, 8, 3))
    shift = keras.layers.Reshape((1, 1, 3))(label)
    return keras.Model([label, image], keras.layers.Add()([image, shift]))


@pytest.mark.parametrize("build", [_two_labels, _label_first])
def test_other_inputs_are_refused(tmp_path: Path, build: Callable[[], Any]) -> None:
    build().save(tmp_path / "m.keras")
    with pytest.raises(ArtifactError, match=r"at most a label \[N, c\] as second input"):
        load_generator(tmp_path / "m.keras")
