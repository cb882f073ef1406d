"""Whatever the configuration, size and batch: each target computes what Keras computes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgegan.domains import Domain
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.lowering import lower
from edgegan.export.targets import OPSETS, ImageType, Layout
from edgegan.export.tflite import to_tflite
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray, to_float, to_uint8
from edgegan.runtime.engine import load
from edgegan.runtime.image_io import from_tensor, to_tensor
from edgegan.selftest import ROUNDING
from tests.export.generators import generator, noise

# Norms divide by small deviations where few pixels are left, and float32 errors with them.
TOLERANCE = 2e-3
DOMAINS = (Domain(name="A", group="one"), Domain(name="B", group="one"), Domain(name="C"))


@dataclass(frozen=True)
class Case:
    """A network, and what it is exported for; layout and opset are of .onnx alone."""

    config: GeneratorConfig
    size: tuple[int, int]
    batch: int
    image_type: ImageType
    layout: Layout
    opset: int

    def convert(self, suffix: str) -> bytes:
        """Convert the network."""
        model = generator(self.config)
        if suffix == ".tflite":
            return to_tflite(model, self.size, batch=self.batch, image_type=self.image_type)
        return to_onnx(
            model,
            self.size,
            batch=self.batch,
            image_type=self.image_type,
            layout=self.layout,
            opset=self.opset,
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    stargan = draw(st.booleans())
    downsamplings = draw(st.integers(0, 2))
    multiple = 2**downsamplings
    sides = st.integers(max(4, 2 * multiple) // multiple, 20 // multiple).map(multiple.__mul__)
    config = GeneratorConfig(
        family="stargan" if stargan else "cyclegan",
        image_size=8 * multiple,
        channels=draw(st.sampled_from([1, 3])),
        filters=draw(st.integers(1, 5)),
        residual_blocks=draw(st.integers(0, 2)),
        downsamplings=downsamplings,
        norm=draw(st.sampled_from(["instance", "batch"])),
        norm_affine=draw(st.booleans()),
        padding="zero" if stargan else draw(st.sampled_from(["reflect", "zero"])),
        conv_padding=draw(st.sampled_from(["explicit", "same"])),
        downsample=draw(st.sampled_from(["stride", "blur"])),
        upsample=draw(st.sampled_from(["deconv", "resize", "blur"])),
        domains=DOMAINS if stargan else (),
    )
    return Case(
        config,
        size=(draw(sides), draw(sides)),
        batch=draw(st.integers(1, 3)),
        image_type=draw(st.sampled_from(get_args(ImageType))),
        layout=draw(st.sampled_from(get_args(Layout))),
        opset=draw(st.sampled_from(OPSETS)),
    )


few = settings(
    max_examples=4,  # each converts a network, which takes a second or two
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
many = settings(few, max_examples=60)


def check(case: Case, suffix: str) -> None:
    model = generator(case.config)
    pixels = to_uint8(noise(1, case.size, case.batch)[..., : case.config.channels])
    x = to_float(pixels)
    label: FloatArray | None = None
    if case.config.domains:
        label = np.random.default_rng(2).integers(0, 2, (case.batch, 3)).astype(np.float32)
    inputs = x if label is None else [x, label]
    expected = lower(model, "keras", case.size, case.batch)(inputs, training=False).numpy()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"model{suffix}"
        path.write_bytes(case.convert(suffix))
        engine = load(path, threads=1, trust=True)
        source, target = engine.info.io.inputs[0], engine.info.io.outputs[0]
        found = from_tensor(engine.run(to_tensor(pixels, source), label=label), target)
        engine.close()
    assert (source.dtype, source.shape[0]) == (case.image_type, case.batch)
    rounding = ROUNDING if case.image_type == "uint8" else 0.0
    np.testing.assert_allclose(found, expected, atol=TOLERANCE + rounding)


@few
@given(cases())
def test_tflite_computes_what_keras_does(case: Case) -> None:
    check(case, ".tflite")


@few
@given(cases())
def test_onnx_computes_what_keras_does(case: Case) -> None:
    check(case, ".onnx")


@few
@given(cases())
def test_tensorrt_takes_what_onnx_holds(case: Case) -> None:
    pytest.importorskip("tensorrt_rtx")
    from edgegan.export.trt import build_engine

    options = EngineOptions(compute_capabilities=("8.6",))
    assert build_engine(case.convert(".onnx"), options=options)[:4] == b"vtrt"


@pytest.mark.slow
@many
@given(cases(), st.sampled_from([".tflite", ".onnx"]))
def test_many_more_networks(case: Case, suffix: str) -> None:
    check(case, suffix)
