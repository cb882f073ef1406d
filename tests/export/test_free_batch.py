from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from edgegan.errors import UsageError
from edgegan.export.free_batch import with_free_batch
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.generator import GeneratorConfig
from tests.export.generators import SIZE, STARGAN, TINY, generator, noise
from tests.export.onnx_graphs import parse


@pytest.mark.parametrize("config", [TINY, STARGAN])
def test_each_image_of_a_batch_is_as_alone(config: GeneratorConfig) -> None:
    content = to_onnx(generator(config), (SIZE, SIZE))
    images = np.concatenate([noise(seed) for seed in range(3)])
    feeds = {"image": images}
    if config.domains:
        feeds["label"] = np.eye(3, dtype=np.float32)
    fixed, free = (
        onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        for model in (content, with_free_batch(content))
    )
    (together,) = free.run(None, feeds)
    assert together.shape == images.shape
    for index in range(3):
        (alone,) = fixed.run(None, {name: x[index : index + 1] for name, x in feeds.items()})
        np.testing.assert_allclose(together[index], alone[0], atol=1e-6)


def test_a_batch_held_in_a_constant_is_refused() -> None:
    import onnx_ir as ir

    model = parse("""
    network (float[1,8,8,3] image) => (float[1,8,8,3] output)
    <int64[4] shape = {1, 8, 8, 3}> {
      flat = Flatten <axis = 0> (image)
      output = Reshape (flat, shape)
    }
    """)
    with pytest.raises(UsageError, match="--dynamic cannot free it"):
        with_free_batch(ir.to_proto(model).SerializeToString())
