"""Generators on disk: what is written, and what is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.manifest import manifest_path, read_manifest, sha256, write_manifest
from edgegan.selftest import deviation, selftest_input
from edgegan.train.generator_file import load_generator, save_generator
from edgegan.train.macs import count_macs
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR, SIZE, noise


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved generator with affine norms."""
    path = tmp_path / "A2B.keras"
    config = replace(GENERATOR, norm_affine=True)
    save_generator(build_generator(config, "A2B"), path, config, "A2B")
    return path


def test_round_trip(tmp_path: Path) -> None:
    model = build_generator(GENERATOR, "A2B")
    path = tmp_path / "deep" / "A2B.keras"
    written = save_generator(model, path, GENERATOR, "A2B")
    loaded, manifest = load_generator(path)
    assert manifest == written
    assert loaded.name == "A2B"
    x = noise(0, count=2)
    np.testing.assert_array_equal(loaded(x).numpy(), model(x).numpy())
    assert sorted(p.name for p in path.parent.iterdir()) == ["A2B.keras", "A2B.keras.json"]


def test_the_manifest_describes_the_file(saved: Path) -> None:
    model, manifest = load_generator(saved)
    assert manifest is not None
    assert manifest.file_sha256 == sha256(saved)
    assert manifest.size_bytes == saved.stat().st_size
    assert manifest.generator == replace(GENERATOR, norm_affine=True)
    assert manifest.task is not None
    assert (manifest.task.family, manifest.task.direction) == ("cyclegan", "A2B")
    for tensor in (*manifest.io.inputs, *manifest.io.outputs):
        assert (tensor.shape, tensor.dtype) == ((None, SIZE, SIZE, 3), "float32")
        assert (tensor.layout, tensor.range) == ("NHWC", (-1.0, 1.0))
    assert manifest.precision.obtained == "fp32"
    assert manifest.status == "reference"
    assert manifest.params == model.count_params()
    assert (manifest.macs, manifest.macs_literature) == count_macs(model)
    assert set(manifest.tools) == {"edgegan", "tensorflow", "tf-keras"}
    assert manifest.created.endswith("+00:00")


def test_the_selftest_reproduces_and_notices_a_change(saved: Path) -> None:
    model, manifest = load_generator(saved)
    assert manifest is not None
    assert manifest.selftest is not None
    x = selftest_input((1, SIZE, SIZE, 3))
    output = model(x).numpy()
    assert deviation(manifest.selftest, output, "fp32") < 1e-6
    assert manifest.selftest.mean == pytest.approx(output.mean(), abs=1e-6)
    assert manifest.selftest.std == pytest.approx(output.std(), abs=1e-6)
    model.get_layer("head_conv").bias.assign([0.1, 0.1, 0.1])
    assert deviation(manifest.selftest, model(x).numpy(), "fp32") > manifest.selftest.atol


def test_a_generator_without_a_manifest_loads(saved: Path) -> None:
    manifest_path(saved).unlink()
    _, manifest = load_generator(saved)
    assert manifest is None


def test_a_failed_save_leaves_the_old_files(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("full")

    model = build_generator(GENERATOR)
    monkeypatch.setattr(type(model), "save", fail)
    with pytest.raises(RuntimeError, match="full"):
        save_generator(model, saved, GENERATOR, "A2B")
    assert saved.read_bytes() == before
    assert sorted(p.name for p in saved.parent.iterdir()) == ["A2B.keras", "A2B.keras.json"]


def test_a_changed_file_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes() + b"x")
    with pytest.raises(ArtifactError, match="SHA-256 differs"):
        load_generator(saved)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.keras does not exist"):
        load_generator(tmp_path / "none.keras")


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _text(path: Path) -> None:
    path.write_text("weights")


def _no_config(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", "{}")


def _change_config(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    content["config.json"] = json.dumps(change(json.loads(content["config.json"]))).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)


def _config_is_a_list(path: Path) -> None:
    _change_config(path, lambda _: [1])


def _unknown_layer(path: Path) -> None:
    def change(config: dict[str, Any]) -> dict[str, Any]:
        layer = config["config"]["layers"][1]
        layer.update(class_name="Strange", registered_name="mine>Strange", module=None)
        return config

    _change_config(path, change)


def _unknown_activation(path: Path) -> None:
    def change(config: dict[str, Any]) -> dict[str, Any]:
        for layer in config["config"]["layers"]:
            if layer["config"]["name"] == "stem_conv":
                layer["config"]["activation"] = "strange"
        return config

    _change_config(path, change)


def _other_weights(path: Path) -> None:
    def change(config: dict[str, Any]) -> dict[str, Any]:
        for layer in config["config"]["layers"]:
            if layer["config"]["name"] == "stem_conv":
                layer["config"]["kernel_size"] = [5, 5]
        return config

    _change_config(path, change)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncate, "is not a .keras file, or is damaged"),
        (_text, "is not a .keras file, or is damaged"),
        (_no_config, "is not a .keras file, or is damaged"),
        (_config_is_a_list, "cannot be loaded as a Keras model"),
        (_unknown_layer, "cannot be loaded as a Keras model"),
        (_unknown_activation, "cannot be loaded as a Keras model: Exception .*'strange'"),
        (_other_weights, "cannot be loaded as a Keras model"),
    ],
)
def test_a_damaged_file_is_refused(
    saved: Path, damage: Callable[[Path], None], message: str
) -> None:
    manifest_path(saved).unlink()
    damage(saved)
    with pytest.raises(ArtifactError, match=rf"A2B\.keras {message}") as caught:
        load_generator(saved)
    assert "\n" not in str(caught.value)


def test_a_damaged_manifest_is_refused(saved: Path) -> None:
    manifest_path(saved).write_text("{")
    with pytest.raises(ArtifactError, match=r"A2B\.keras\.json"):
        load_generator(saved)


def _with_lambda(tmp_path: Path) -> Path:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Lambda(lambda x: -x)(image))
    model.save(tmp_path / "m.keras")
    return tmp_path / "m.keras"


def test_layers_that_run_code_from_the_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="holds Lambda, which can run any code"):
        load_generator(_with_lambda(tmp_path))


def test_layers_that_call_a_builtin_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _with_lambda(tmp_path)

    def call_print(config: dict[str, Any]) -> dict[str, Any]:
        (layer,) = (x for x in config["config"]["layers"] if x["class_name"] == "Lambda")
        layer["config"]["function_type"] = "function"
        layer["config"]["function"] = {
            "module": "builtins",
            "class_name": "function",
            "config": "print",
            "registered_name": "print",
        }
        return config

    _change_config(path, call_print)
    with pytest.raises(ArtifactError, match=r"holds Lambda, function, builtins"):
        load_generator(path)
    assert capsys.readouterr().out == ""


def test_operations_on_tensors_are_refused(tmp_path: Path) -> None:
    image = keras.Input((8, 8, 3))
    keras.Model(image, tf.math.negative(image)).save(tmp_path / "m.keras")
    with pytest.raises(ArtifactError, match="holds TFOpLambda"):
        load_generator(tmp_path / "m.keras")


def _classifier() -> Any:
    image = keras.Input((8, 8, 3))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))


def _two_inputs() -> Any:
    images = [keras.Input((8, 8, 3)) for _ in range(2)]
    return keras.Model(images, keras.layers.Add()(images))


def _many_channels() -> Any:
    image = keras.Input((8, 8, 3))
    return keras.Model(image, keras.layers.Conv2D(8, 1)(image))


@pytest.mark.parametrize("build", [_classifier, _two_inputs, _many_channels])
def test_what_is_not_image_to_image_is_refused(tmp_path: Path, build: Callable[[], Any]) -> None:
    path = tmp_path / "m.keras"
    build().save(path)
    with pytest.raises(ArtifactError, match="not an image-to-image generator: its tensors are"):
        load_generator(path)


def test_a_sequential_model_of_a_generators_shape_loads(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1)]).save(path)
    model, _ = load_generator(path)
    assert model(tf.zeros((1, 8, 8, 3))).shape == (1, 8, 8, 3)


def test_the_manifest_of_another_file_is_noticed(saved: Path, tmp_path: Path) -> None:
    manifest = read_manifest(saved)
    assert manifest is not None
    other = tmp_path / "B2A.keras"
    save_generator(build_generator(GENERATOR, "B2A"), other, GENERATOR, "B2A")
    write_manifest(other, manifest)
    with pytest.raises(ArtifactError, match="Export or copy it again"):
        load_generator(other)


@pytest.mark.parametrize("depth", ["root", "layer", "initializer"])
def test_classes_of_other_packages_are_not_even_imported(
    saved: Path, tmp_path: Path, depth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.syspath_prepend(tmp_path)
    crafted = tmp_path / "crafted.keras"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(crafted, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                root = json.loads(content)
                layer = next(x for x in root["config"]["layers"] if x["class_name"] == "Conv2D")
                victims = {
                    "root": root,
                    "layer": layer,
                    "initializer": layer["config"]["kernel_initializer"],
                }
                victims[depth].update(module="evil", registered_name="Thing")
                content = json.dumps(root).encode()
            target.writestr(name, content)
    with pytest.raises(ArtifactError, match="holds evil, which can run any code"):
        load_generator(crafted)
    assert not (tmp_path / "ran").exists()
