"""Keras files of TensorFlow Addons go through the import and the export, and pass the gate."""

from __future__ import annotations

from pathlib import Path

from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_import import import_generator
from tests.export.test_pipeline import PICTURES
from tests.train.tfa_golden import SIZE, unpack

WANTED = (("tflite", "fp32"), ("onnx", "fp32"))


def test_an_imported_graph_passes_the_gate(tmp_path: Path) -> None:
    path = tmp_path / "A2B.keras"
    imported = import_generator(unpack(tmp_path) / "uneven.h5", path, ImportOptions(size=SIZE))
    assert imported.manifest.generator is None
    assert imported.difference is not None
    assert imported.difference < 1e-5
    specs = [ExportSpec(target=t, precision=p, size=(SIZE, SIZE)) for t, p in WANTED]
    job = ExportJob(generator=path, specs=specs, parity=PICTURES)
    results = export_generator(job, ExportOptions(folder=tmp_path))
    assert [(r.error, r.status) for r in results] == [(None, "verified")] * 2
