from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.export.targets import (
    TARGETS,
    ExportSpec,
    check_precision,
    parse_size,
    resolve_target,
)


@pytest.mark.parametrize(
    ("name", "target"),
    [("tflite", "tflite"), ("litert", "tflite"), ("rtx", "tensorrt-rtx"), ("trt", "tensorrt")],
)
def test_names_and_aliases(name: str, target: str) -> None:
    assert resolve_target(name) == target


@pytest.mark.parametrize(
    ("typo", "meant"), [("tflit", "tflite"), ("onx", "onnx"), ("tensort", "tensorrt")]
)
def test_a_typo_gets_a_suggestion(typo: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"Did you mean '{meant}'"):
        resolve_target(typo)


def test_every_target_has_its_precisions() -> None:
    for name, target in TARGETS.items():
        for precision in target.precisions:
            check_precision(name, precision)


def test_an_impossible_precision_shows_the_table() -> None:
    with pytest.raises(UsageError, match=r"onnx has no precision 'int8-dynamic'.*tflite: fp32"):
        check_precision("onnx", "int8-dynamic")


def test_file_names() -> None:
    spec = ExportSpec(target="tensorrt-rtx", precision="fp32", size=(256, 512))
    assert spec.path(Path("out"), "A2B") == Path("out/A2B-256x512-fp32.rtx")


@pytest.mark.parametrize(
    ("form", "stem"),
    [
        ({"opset": 21}, "A2B_opset21"),
        ({"layout": "nchw", "batch": 4}, "A2B_nchw_batch4"),
        ({"image_type": "uint8", "layout": "nchw", "opset": 13}, "A2B_uint8_nchw_opset13"),
    ],
)
def test_an_unusual_form_belongs_to_the_stem(form: dict[str, Any], stem: str) -> None:
    spec = ExportSpec(target="onnx", precision="fp16", size=(64, 64), **form)
    assert spec.file_name("A2B") == f"{stem}-64x64-fp16.onnx"


@pytest.mark.parametrize(
    ("bake", "stem"),
    [
        ("Blond_Hair=1", "G_Blond_Hair"),
        ("Blond_Hair=1,Male=0", "G_Blond_Hair_Male0"),
        ("20-29=1", "G_20_29"),
    ],
)
def test_a_baked_choice_belongs_to_the_stem(bake: str, stem: str) -> None:
    spec = ExportSpec(target="tflite", precision="fp16", size=(64, 64), bake=bake)
    assert spec.file_name("G") == f"{stem}-64x64-fp16.tflite"


@pytest.mark.parametrize(("text", "size"), [("256", (256, 256)), ("64X128", (64, 128))])
def test_sizes(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "64x", "axb", "1x2x3", "-4"])
def test_bad_sizes_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="neither a number nor HxW"):
        parse_size(text)
