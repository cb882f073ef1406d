"""Each export form computes the training form."""

from __future__ import annotations

import numpy as np
import pytest
import tf_keras as keras

from edgegan.export.lowering import Target, lower
from edgegan.train.layers import InstanceNormalization, LabelPlanes, ReflectionPadding2D
from tests.export.generators import CONFIGS, SIZE, STARGAN, generator, noise


@pytest.mark.parametrize("target", ["keras", "tflite", "tflite-int16x8", "onnx"])
@pytest.mark.parametrize("name", CONFIGS)
def test_the_lowered_network_computes_the_same(name: str, target: Target) -> None:
    model = generator(CONFIGS[name])
    lowered = lower(model, target, (SIZE, SIZE))
    image = noise()
    np.testing.assert_allclose(lowered(image).numpy(), model(image).numpy(), atol=2e-5)


@pytest.mark.parametrize("target", ["tflite", "tflite-int16x8", "onnx"])
def test_another_size_and_batch_equal_the_reference_at_that_size(target: Target) -> None:
    model = generator()
    size, batch = (12, 24), 2
    reference = lower(model, "keras", size, batch)
    lowered = lower(model, target, size, batch)
    image = noise(size=size, batch=batch)
    assert lowered.inputs[0].shape.as_list() == [2, 12, 24, 3]
    np.testing.assert_allclose(lowered(image).numpy(), reference(image).numpy(), atol=2e-5)


@pytest.mark.parametrize("target", ["keras", "tflite", "tflite-int16x8", "onnx"])
def test_label_planes_are_constant_at_any_size_and_batch(target: Target) -> None:
    image, label = keras.Input((SIZE, SIZE, 3)), keras.Input((2,))
    model = keras.Model([image, label], LabelPlanes()([image, label]))
    lowered = lower(model, target, (12, 24), batch=2)
    assert [tuple(tensor.shape) for tensor in lowered.inputs] == [(2, 12, 24, 3), (2, 2)]
    assert [tensor.name for tensor in lowered.inputs] == ["image", "label"]
    x, labels = noise(size=(12, 24), batch=2), np.array([[1, 0.5], [0, -2]], np.float32)
    planes = np.broadcast_to(labels[:, None, None, :], (2, 12, 24, 2))
    expected = np.concatenate([x, planes], axis=-1)
    np.testing.assert_array_equal(lowered([x, labels]).numpy(), expected)


@pytest.mark.parametrize("target", ["tflite", "tflite-int16x8", "onnx"])
def test_a_generator_with_a_label_computes_the_same(target: Target) -> None:
    model = generator(STARGAN)
    lowered = lower(model, target, (SIZE, SIZE))
    for label in np.eye(3, dtype=np.float32)[:, None]:
        expected = model([noise(), label]).numpy()
        np.testing.assert_allclose(lowered([noise(), label]).numpy(), expected, atol=2e-5)


def test_the_reference_at_another_size_agrees_where_the_border_is_far() -> None:
    # Convolutions alone: without norms, the middle of a larger image sees the same pixels.
    image = keras.Input((SIZE, SIZE, 3))
    padded = ReflectionPadding2D(1)(image)
    model = keras.Model(image, keras.layers.Conv2D(3, 3)(padded))
    larger = noise(size=(24, 24))
    whole = lower(model, "keras", (24, 24))(larger).numpy()
    part = model(larger[:, 4:20, 4:20]).numpy()
    np.testing.assert_allclose(whole[:, 5:19, 5:19], part[:, 1:15, 1:15], atol=1e-5)


@pytest.mark.parametrize("padding", [1, 2, 3])
def test_sliced_reflection_is_bit_identical(padding: int) -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, ReflectionPadding2D(padding)(image))
    x = noise(size=(8, 8))
    expected = np.pad(x, [(0, 0), (padding,) * 2, (padding,) * 2, (0, 0)], mode="reflect")
    assert (lower(model, "tflite", (8, 8))(x).numpy() == expected).all()


def test_a_bias_before_a_norm_is_dropped_and_changes_nothing() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2DTranspose(
        4, 3, strides=2, bias_initializer=keras.initializers.Constant(0.7), name="dead"
    )(image)
    x = InstanceNormalization()(keras.layers.Cropping2D(((1, 0), (1, 0)))(x))
    x = keras.layers.Conv2D(3, 3, bias_initializer=keras.initializers.Constant(0.3), name="alive")(
        x
    )
    model = keras.Model(image, x)
    lowered = lower(model, "tflite", (SIZE, SIZE))
    assert [len(lowered.get_layer(name).weights) for name in ("dead", "alive")] == [1, 2]
    np.testing.assert_allclose(lowered(noise()).numpy(), model(noise()).numpy(), atol=1e-5)


def test_a_bias_that_an_activation_sees_is_kept() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    conv = keras.layers.Conv2D(3, 1, activation="relu", name="conv")
    model = keras.Model(image, InstanceNormalization()(conv(image)))
    conv.set_weights([conv.get_weights()[0], np.array([0.5, -0.5, 0.1])])
    lowered = lower(model, "onnx", (SIZE, SIZE))
    assert len(lowered.get_layer("conv").weights) == 2


def test_the_bias_is_the_last_weight_dropped() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    conv = keras.layers.SeparableConv2D(4, 3, bias_initializer="ones", name="conv")
    model = keras.Model(image, InstanceNormalization()(conv(image)))
    lowered = lower(model, "tflite", (SIZE, SIZE))
    assert len(lowered.get_layer("conv").weights) == 2
    np.testing.assert_allclose(lowered(noise()).numpy(), model(noise()).numpy(), atol=1e-5)


def test_weights_are_copies() -> None:
    model = generator()
    before = lower(model, "tflite", (SIZE, SIZE))(noise()).numpy()
    lowered = lower(model, "tflite", (SIZE, SIZE))
    for variable in model.trainable_variables:
        variable.assign(variable * 0)
    assert (lowered(noise()).numpy() == before).all()
