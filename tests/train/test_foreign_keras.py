"""Keras files of TensorFlow Addons 0.23 give its outputs, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_import import import_generator
from edgegan.train.foreign_keras import read_keras_generator
from edgegan.train.generator_file import load_generator
from edgegan.train.layers import InstanceNormalization, ReflectionPadding2D
from edgegan.train.networks import build_generator
from tests.train.parity import GOLDEN
from tests.train.tfa_golden import CONFIG, SIZE, recorded, unpack
from tests.train.tiny import noise

AS_IS = ImportOptions()
SIZED = ImportOptions(size=SIZE)


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(tmp_path_factory.mktemp("tfa"))


@pytest.mark.parametrize("name", ["generator.h5", "generator.keras", "saved_model"])
def test_a_whole_model_computes_what_addons_did(golden: Path, name: str) -> None:
    found = read_keras_generator(golden / name, AS_IS)
    x, expected = recorded(golden, "x"), recorded(golden, "generator_G")
    np.testing.assert_allclose(found.model(x).numpy(), expected, atol=1e-5)
    assert found.config == CONFIG
    assert found.framework == "Keras"
    assert found.layout == "ResNet generator, 1 residual blocks, norms of tensorflow-addons"
    assert found.reference is not None
    np.testing.assert_allclose(found.reference(x, None), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "direction", "network"),
    [
        ("weights-only.h5", "A2B", "generator_G"),
        ("generator.weights.h5", "A2B", "generator_G"),
        ("cyclegan-weights.h5", "A2B", "generator_G"),
        ("cyclegan-weights.h5", "B2A", "generator_F"),
        ("cyclegan_checkpoints.090", "A2B", "generator_G"),
        ("cyclegan_checkpoints.090.index", "B2A", "generator_F"),
        (".", "B2A", "generator_F"),
    ],
)
def test_weights_alone_compute_what_addons_did(
    golden: Path, name: str, direction: str, network: str
) -> None:
    found = read_keras_generator(golden / name, SIZED, direction)
    x = recorded(golden, "x")
    np.testing.assert_allclose(found.model(x).numpy(), recorded(golden, network), atol=1e-5)
    assert found.config == CONFIG
    assert "the file holds weights alone" in found.note


def test_a_saved_model_without_a_description_is_read_as_weights(
    golden: Path, tmp_path: Path
) -> None:
    folder = unpack(tmp_path) / "saved_model"
    (folder / "keras_metadata.pb").unlink()
    found = read_keras_generator(folder, SIZED)
    y = found.model(recorded(golden, "x")).numpy()
    np.testing.assert_allclose(y, recorded(golden, "generator_G"), atol=1e-5)


def test_another_graph_stays_as_it_is_with_our_layers(golden: Path) -> None:
    found = read_keras_generator(golden / "uneven.h5", SIZED)
    x, expected = recorded(golden, "x"), recorded(golden, "uneven")
    np.testing.assert_allclose(found.model(x).numpy(), expected, atol=1e-5)
    assert found.config is None
    kinds = {type(layer) for layer in found.model.layers}
    assert {InstanceNormalization, ReflectionPadding2D} < kinds
    modules = {kind.__module__.split(".")[0] for kind in kinds}
    assert modules == {"edgegan", "tf_keras"}


def test_the_size_is_the_files_or_the_one_asked_for(golden: Path) -> None:
    shapes = [
        read_keras_generator(golden / name, options).model.input_shape[1:3]
        for name, options in (
            ("generator.h5", AS_IS),
            ("generator.h5", ImportOptions(size=24)),
            ("uneven.h5", AS_IS),
            ("weights-only.h5", AS_IS),
        )
    ]
    assert shapes == [(16, 16), (24, 24), (256, 256), (256, 256)]


def _with_sum() -> Any:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2D(3, 3, padding="same")(image)
    return keras.Model(image, keras.layers.Activation("tanh")(x + image))


def _sequential() -> Any:
    convs = [keras.layers.Conv2D(w, 3, padding="same", activation="tanh") for w in (4, 3)]
    return keras.Sequential([keras.Input((SIZE, SIZE, 3)), *convs])


def _batch_norm() -> Any:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.BatchNormalization(gamma_initializer="random_normal")(image)
    x = keras.layers.SeparableConv2D(3, 3, padding="same")(x)
    return keras.Model(image, keras.layers.PReLU(shared_axes=[1, 2])(x))


@pytest.mark.parametrize("build", [_with_sum, _sequential, _batch_norm])
@pytest.mark.parametrize("name", ["m.h5", "m.keras", "m"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
def test_plain_models_of_tf_keras_come_through(tmp_path: Path, build: Any, name: str) -> None:
    model = build()
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 0.9, w.shape) for w in model.weights])
    model.save(tmp_path / name, save_format=None if "." in name else "tf")
    found = read_keras_generator(tmp_path / name, AS_IS)
    x = noise(0, size=SIZE)
    np.testing.assert_allclose(found.model(x).numpy(), model(x).numpy(), atol=1e-5)


class _TrainedGAN(keras.Model):  # type: ignore[misc]
    def __init__(self, **networks: keras.Model) -> None:
        super().__init__()
        for name, network in networks.items():
            setattr(self, name, network)
        self.g_optimizer = keras.optimizers.legacy.Adam()

    def call(self, images: Any) -> Any:
        return self.gen_G(images)


def test_what_training_left_in_a_checkpoint_is_passed_over(tmp_path: Path) -> None:
    generator = build_generator(CONFIG)
    gan = _TrainedGAN(gen_G=generator)
    pairs = [(w * 0 + 1, w) for w in generator.trainable_variables]
    gan.g_optimizer.apply_gradients(pairs)
    gan.save_weights(tmp_path / "gan", save_format="tf")
    found = read_keras_generator(tmp_path / "gan", SIZED)
    x = noise(0, size=SIZE)
    np.testing.assert_allclose(found.model(x).numpy(), generator(x).numpy(), atol=1e-6)


def test_the_direction_of_an_import_chooses_the_network(golden: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.keras"
    done = import_generator(golden, path, SIZED, "B2A")
    assert done.manifest.generator == CONFIG
    assert done.manifest.task is not None
    assert done.manifest.task.direction == "B2A"
    assert done.difference is None
    model, _ = load_generator(path)
    y = model(recorded(golden, "x")).numpy()
    np.testing.assert_allclose(y, recorded(golden, "generator_F"), atol=1e-5)


def test_any_name_of_a_checkpoint_will_do(golden: Path, tmp_path: Path) -> None:
    endings = ("", ".index", ".data-00000-of-00001")
    hashes = {
        import_generator(
            golden / f"cyclegan_checkpoints.090{ending}",
            tmp_path / "G.keras",
            ImportOptions(size=16),
        ).manifest.source
        for ending in endings
    }
    assert len(hashes) == 1
    assert hashes.pop().file == "cyclegan_checkpoints.090"  # type: ignore[union-attr]


def test_a_saved_model_of_a_whole_gan_gives_one_of_its_networks(tmp_path: Path) -> None:
    networks = {name: build_generator(CONFIG) for name in ("gen_G", "gen_F")}
    gan = _TrainedGAN(**networks)
    x = noise(0, size=SIZE)
    gan(x)
    gan.save(tmp_path / "gan", save_format="tf")
    path = tmp_path / "gan"
    (path / "keras_metadata.pb").unlink()  # its layers are EdgeGAN's, which are not foreign
    found = read_keras_generator(path, SIZED, "B2A")
    np.testing.assert_allclose(found.model(x).numpy(), networks["gen_F"](x).numpy(), atol=1e-6)


def test_the_network_of_a_direction_must_be_clear(golden: Path, tmp_path: Path) -> None:
    network = build_generator(CONFIG)
    _TrainedGAN(first=network, second=build_generator(CONFIG)).save_weights(tmp_path / "gan")
    with pytest.raises(ArtifactError, match="holds first, second; expected one whose name ends"):
        read_keras_generator(tmp_path / "gan", SIZED)
    with pytest.raises(UsageError, match="direction is 'G'"):
        read_keras_generator(golden / "cyclegan_checkpoints.090", SIZED, "G")


def test_a_stargan_is_not_looked_for(golden: Path) -> None:
    with pytest.raises(UsageError, match="StarGAN is imported from PyTorch only"):
        read_keras_generator(golden / "generator.h5", ImportOptions(family="stargan"))


def test_the_golden_files_are_small() -> None:
    assert (GOLDEN / "tfa" / "generators.zip").stat().st_size < 600_000
