"""Keras files that would run code, hold unknown layers, or are damaged, are refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_keras import read_keras_generator
from edgegan.train.generator_file import save_generator
from edgegan.train.networks import build_generator
from tests.train.tfa_golden import SIZE, change_hdf5, copied, layer_of, unpack
from tests.train.tiny import tiny_config

SIZED = ImportOptions(size=SIZE)
Planted = tuple[keras.Model, Path]  # the path of what its code writes


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(tmp_path_factory.mktemp("tfa"))


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """A model of a Lambda layer that writes a file whenever Python calls it."""
    marker = str(tmp_path / "ran")

    def plant(x: Any) -> Any:
        open(marker, "w").close()
        return x

    image = keras.Input((SIZE, SIZE, 3))
    return keras.Model(image, keras.layers.Lambda(plant)(image)), Path(marker)


@pytest.mark.parametrize("name", ["m.h5", "m.keras", "m"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
def test_a_lambda_is_refused_and_does_not_run(planted: Planted, tmp_path: Path, name: str) -> None:
    model, marker = planted
    path = tmp_path / name
    model.save(path, save_format=None if "." in name else "tf")
    marker.unlink()
    with pytest.raises(ArtifactError, match=r"holds Lambda, which can run any code"):
        read_keras_generator(path, SIZED)
    assert not marker.exists()
    keras.models.load_model(path, compile=False, safe_mode=False)
    assert marker.exists()  # so the code is in the file


def test_a_graph_that_calls_python_is_refused(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("test", "ReflectionPadding2D")
    class Calling(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, padding: int, **options: Any) -> None:
            super().__init__(**options)
            self.padding = padding

        def call(self, inputs: Any) -> Any:
            return tf.ensure_shape(tf.py_function(lambda x: x, [inputs], tf.float32), inputs.shape)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "padding": self.padding}

    image = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(image, keras.layers.Conv2D(3, 3)(Calling(1)(image)))
    model.save(tmp_path / "m", save_format="tf")
    with pytest.raises(ArtifactError, match="holds EagerPyFunc, which can run any code"):
        read_keras_generator(tmp_path / "m", SIZED)


def _change(entry: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        layer = layer_of(config, entry)
        layer.update({k: v for k, v in values.items() if k in layer})
        layer["config"].update({k: v for k, v in values.items() if k not in layer})

    return change


_FUNCTION = {"class_name": "function", "config": "print", "module": "builtins"}
_PAD, _NORM, _CONV = "reflection_padding2d", "instance_normalization", "conv2d_1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_change(_PAD, class_name="mine>Warp"), "that are not known: mine>Warp. Known: Activation"),
        (_change(_CONV, class_name="mine>Conv2D"), "that are not known: mine>Conv2D. Known:"),
        (_change(_CONV, class_name="Functional"), "that are not known: Functional. Known:"),
        (_change(_CONV, class_name="mine>Lambda"), "holds mine>Lambda, which can run any code"),
        (_change(_CONV, class_name="TFOpLambda"), "holds TFOpLambda, which can run any code"),
        (_change(_CONV, activation=_FUNCTION), "conv2d_1 .*: its activation is an object"),
        (_change(_CONV, activation="print"), "conv2d_1 .*: its activation is 'print'"),
        (_change(_CONV, data_format="channels_first"), "conv2d_1 .*: its channels come first"),
        (_change(_CONV, units=3), "conv2d_1 .*'units'"),
        (_change(_PAD, padding=[1, 2]), r"padding2d .*: its padding is \[1, 2\]"),
        (_change(_NORM, groups=1), "instance_normalization has 1 groups of 2 channels"),
        (_change(_NORM, axis=1), "instance_normalization .*: its axis is 1"),
        (_change(_NORM, center=False), "instance_normalization .*: it has only one of scale"),
        (_change(_CONV, inbound_nodes=[[["lost", 0, 0, {}]]]), "conv2d_1 takes .*'lost'"),
        (_change(_CONV, inbound_nodes=[[[_PAD, 0, 0, {"x": ["y", 0, 0]}]]]), "called with the arg"),
        (lambda c: c["config"].update(output_layers=[]), "has 1 inputs and 0 outputs"),
        (lambda c: c.update(class_name="Mine"), "is a Mine, not a functional or sequential"),
        (lambda c: c["config"].pop("layers"), "damaged or not laid out as Keras 2 does: 'layers'"),
    ],
)
def test_what_is_not_known_is_named(
    golden: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    path = copied(golden / "generator.h5", tmp_path)
    change_hdf5(path, change)
    with pytest.raises(ArtifactError, match=message) as caught:
        read_keras_generator(path, SIZED)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("module", "named"), [("evil", "evil>Conv2D"), (None, "None>Conv2D")])
def test_a_custom_layer_of_a_known_name_is_not_known(
    golden: Path, tmp_path: Path, module: str | None, named: str
) -> None:
    path = tmp_path / "g.keras"
    with zipfile.ZipFile(golden / "generator.keras") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                layer_of(config, _CONV).update(module=module, registered_name="Conv2D")
                content = json.dumps(config).encode()
            new.writestr(name, content)
    with pytest.raises(ArtifactError, match=f"that are not known: {named}"):
        read_keras_generator(path, SIZED)


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])


@pytest.mark.parametrize(
    "name",
    [
        *("generator.h5", "generator.keras", "weights-only.h5", "generator.weights.h5"),
        *("cyclegan_checkpoints.090.index", "cyclegan_checkpoints.090.data-00000-of-00001"),
        *("saved_model/saved_model.pb", "saved_model/keras_metadata.pb"),
        *("saved_model/variables/variables.index",),
        *("saved_model/variables/variables.data-00000-of-00001",),
    ],
)
def test_truncated_files_are_refused(tmp_path: Path, name: str) -> None:
    folder = unpack(tmp_path)
    _truncated(folder / name)
    source = folder / ("saved_model" if "saved_model" in name else name)
    with pytest.raises(ArtifactError, match="cannot be imported; it is damaged") as caught:
        read_keras_generator(source, SIZED)
    assert "\n" not in str(caught.value)


def test_text_is_no_keras_file(tmp_path: Path) -> None:
    path = tmp_path / "g.h5"
    path.write_text("weights")
    with pytest.raises(ArtifactError, match=r"g\.h5 cannot be imported; it is damaged"):
        read_keras_generator(path, SIZED)
    with pytest.raises(UsageError, match="is no file, SavedModel folder or checkpoint"):
        read_keras_generator(tmp_path / "none.h5", SIZED)


def _replace(path: Path, tensor: str, value: Any) -> None:
    with h5py.File(path, "r+") as file:
        del file[tensor]
        file[tensor] = value


@pytest.mark.parametrize(
    ("tensor", "shape", "message"),
    [
        ("conv2d_4/conv2d_4/kernel:0", (3, 3, 8, 9), r"conv2d_4/kernel is \[3, 3, 8, 9\]"),
        ("conv2d_1/conv2d_1/kernel:0", (3, 3, 2, 5), r"conv2d_1/kernel is \[3, 3, 2, 5\]"),
        (
            "instance_normalization_2/instance_normalization_2/gamma:0",
            (7,),
            r"instance_normalization_2/gamma is \[7\]; expected \[8\]",
        ),
        ("conv2d_5/conv2d_5/kernel:0", (1, 1, 2, 3), "expected a first and a last convolution"),
    ],
)
def test_a_tensor_of_another_shape_is_named(
    golden: Path, tmp_path: Path, tensor: str, shape: tuple[int, ...], message: str
) -> None:
    path = copied(golden / "weights-only.h5", tmp_path)
    _replace(path, tensor, np.zeros(shape, np.float32))
    with pytest.raises(ArtifactError, match=message):
        read_keras_generator(path, SIZED)


def test_a_tensor_that_does_not_fit_a_graph_is_named(golden: Path, tmp_path: Path) -> None:
    path = copied(golden / "uneven.h5", tmp_path)
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
    kernel = next(name for name in names if name.endswith("kernel:0"))
    _replace(path, kernel, np.zeros((2, 2), np.float32))
    with pytest.raises(ArtifactError, match=r"kernel is \[2, 2\]; expected \[5, 5, 3, 4\]"):
        read_keras_generator(path, SIZED)


def test_weights_that_lie_in_another_file_are_not_read(golden: Path, tmp_path: Path) -> None:
    path = copied(golden / "weights-only.h5", tmp_path)
    kernel = "conv2d/conv2d/kernel:0"
    link = h5py.ExternalLink(str(golden / "weights-only.h5"), kernel)
    _replace(path, kernel, link)
    with pytest.raises(ArtifactError, match="kernel:0 points to another file"):
        read_keras_generator(path, SIZED)


def test_a_layer_without_its_weights_is_named(golden: Path, tmp_path: Path) -> None:
    path = copied(golden / "generator.h5", tmp_path)
    with h5py.File(path, "r+") as file:
        names = file["model_weights"].attrs["layer_names"]
        file["model_weights"].attrs["layer_names"] = [n for n in names if n != "conv2d_3"]
    with pytest.raises(ArtifactError, match="lacks the weights of the layer conv2d_3"):
        read_keras_generator(path, SIZED)


def test_keras_3_is_told_from_keras_2(golden: Path, tmp_path: Path) -> None:
    path = copied(golden / "generator.h5", tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = "3.5.0"
    with pytest.raises(ArtifactError, match=r"was saved by Keras 3\.5\.0; save it from Keras 2"):
        read_keras_generator(path, SIZED)


def test_a_classifier_is_no_generator(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((SIZE, SIZE, 3)), keras.layers.Conv2D(5, 1)]).save(
        tmp_path / "m.keras"
    )
    with pytest.raises(ArtifactError, match="not an image-to-image generator"):
        read_keras_generator(tmp_path / "m.keras", SIZED)


def test_a_generator_of_edgegan_needs_no_import(tmp_path: Path) -> None:
    path = tmp_path / "A2B.keras"
    config = tiny_config().generator
    save_generator(build_generator(config), path, config, "A2B")
    with pytest.raises(UsageError, match=r"of EdgeGAN already: edgegan export .*A2B\.keras"):
        read_keras_generator(path, SIZED)
