"""Imported generators go through the export to every target, and pass the gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.manifest import Source
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_torch import generator_from_tensors
from edgegan.train.generator_file import Origin, save_generator
from tests.export.generators import SIZE
from tests.export.test_pipeline import PICTURES
from tests.train.foreign_states import Tensors, resnet_state

DELEGATED = (("tflite", "fp32"), ("onnx", "fp32"))
ALL = (*DELEGATED, ("tflite", "int8-dynamic"), ("tensorrt-rtx", "fp32"))
# Of the kinds of layers that training has not; the others are those of trained generators.
FILES = {
    "batch norm, anti-aliased": (resnet_state(blocks=1, norm="batch", blur=True), ALL),
    "batch norm, dropout": (resnet_state(blocks=1, norm="batch", dropout=True), DELEGATED),
}


def saved(folder: Path, tensors: Tensors) -> Path:
    """Write the generator of a state dict, as an import does."""
    foreign = generator_from_tensors(tensors, "G.pth", ImportOptions(size=SIZE))
    path = folder / "A2B.keras"
    origin = Origin(family=foreign.family, source=Source(file="G.pth", sha256="0" * 64))
    save_generator(foreign.model, path, foreign.config, "A2B", origin=origin)
    return path


@pytest.mark.parametrize("name", FILES)
def test_an_imported_generator_passes_the_gate_of_every_target(name: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx")
    tensors, wanted = FILES[name]
    specs = [ExportSpec(target=t, precision=p, size=(SIZE, SIZE)) for t, p in wanted]
    job = ExportJob(generator=saved(tmp_path, tensors), specs=specs, parity=PICTURES)
    for result in export_generator(job, ExportOptions(folder=tmp_path)):
        assert result.error is None
        assert result.manifest is not None
        # An engine cannot run without its GPU.
        assert result.status == ("unverified" if result.path.suffix == ".rtx" else "verified")
        if result.manifest.delegate is not None:
            delegate = result.manifest.delegate
            assert (delegate.partitions, delegate.outside) == (1, ())
