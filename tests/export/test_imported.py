"""Imported generators go through the export to every target, and pass the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.export.pipeline import ExportJob, ExportOptions, export_generator
from edgegan.export.targets import ExportSpec
from edgegan.manifest import Source
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_torch import generator_from_tensors
from edgegan.train.generator_file import Origin, save_generator
from tests.export.generators import SIZE
from tests.export.test_pipeline import PICTURES
from tests.train.foreign_states import Tensors, resnet_state, stargan_state

FILES = {
    "resnet": resnet_state(blocks=1),
    "batch norm": resnet_state(blocks=1, norm="batch", dropout=True),
    "anti-aliased": resnet_state(blocks=1, blur=True),
    "anti-aliased batch norm": resnet_state(blocks=1, norm="batch", blur=True),
    "StarGAN": stargan_state(entries=3),
}
WANTED = (("tflite", "fp32"), ("tflite", "int8-dynamic"), ("onnx", "fp32"))


def saved(folder: Path, tensors: Tensors) -> Path:
    """Write the generator of a state dict, as an import does."""
    foreign = generator_from_tensors(tensors, "G.pth", ImportOptions(size=SIZE))
    path = folder / "A2B.keras"
    origin = Origin(family=foreign.family, source=Source(file="G.pth", sha256="0" * 64))
    save_generator(foreign.model, path, foreign.config, "A2B", origin=origin)
    return path


@pytest.mark.parametrize("name", FILES)
def test_an_imported_generator_passes_the_gate_of_every_target(name: str, tmp_path: Path) -> None:
    specs = [ExportSpec(target=t, precision=p, size=(SIZE, SIZE)) for t, p in WANTED]
    job = ExportJob(generator=saved(tmp_path, FILES[name]), specs=specs, parity=PICTURES)
    for result in export_generator(job, ExportOptions(folder=tmp_path)):
        assert result.error is None
        assert result.manifest is not None
        assert result.status == "verified"
        if result.manifest.delegate is not None:
            delegate = result.manifest.delegate
            assert (delegate.partitions, delegate.outside) == (1, ())


@pytest.mark.parametrize("name", ["batch norm", "anti-aliased"])
def test_an_engine_can_be_built_of_it(name: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx")
    spec = ExportSpec(target="tensorrt-rtx", precision="fp32", size=(SIZE, SIZE))
    job = ExportJob(generator=saved(tmp_path, FILES[name]), specs=[spec], parity=PICTURES)
    (result,) = export_generator(job, ExportOptions(folder=tmp_path))
    assert (result.error, result.status) == (None, "unverified")
