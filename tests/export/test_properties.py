"""Whatever the configuration, size and batch: each target computes what Keras computes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgegan.domains import Domain
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.export.lowering import lower
from edgegan.export.tflite import to_tflite
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from edgegan.runtime.engine import load
from tests.export.generators import generator, noise

# Norms divide by small deviations where few pixels are left, and float32 errors with them.
TOLERANCE = 2e-3
DOMAINS = (Domain(name="A", group="one"), Domain(name="B", group="one"), Domain(name="C"))


@dataclass(frozen=True)
class Case:
    """A network, and what it is exported for."""

    config: GeneratorConfig
    size: tuple[int, int]
    batch: int


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
    return Case(config, (draw(sides), draw(sides)), draw(st.integers(1, 3)))


few = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
many = settings(few, max_examples=60)


def check(case: Case, suffix: str) -> None:
    model = generator(case.config)
    x = noise(1, case.size, case.batch)[..., : case.config.channels].copy()
    label: FloatArray | None = None
    if case.config.domains:
        label = np.random.default_rng(2).integers(0, 2, (case.batch, 3)).astype(np.float32)
    inputs = x if label is None else [x, label]
    expected = lower(model, "keras", case.size, case.batch)(inputs, training=False).numpy()
    convert = to_tflite if suffix == ".tflite" else to_onnx
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"model{suffix}"
        path.write_bytes(convert(model, case.size, batch=case.batch))
        engine = load(path, threads=1)
        found = engine.run(x, label=label)
        engine.close()
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)


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

    onnx = to_onnx(generator(case.config), case.size, batch=case.batch)
    assert build_engine(onnx, options=EngineOptions(compute_capabilities=("8.6",)))[:4] == b"vtrt"


@pytest.mark.slow
@many
@given(cases(), st.sampled_from([".tflite", ".onnx"]))
def test_many_more_networks(case: Case, suffix: str) -> None:
    check(case, suffix)
