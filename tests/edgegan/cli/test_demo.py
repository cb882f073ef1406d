"""The demo as a whole, with everything made small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgegan.train.paired_quality import MEASURES
from tests.edgegan.cli.command import Command

TINY = (
    *("generator.image_size=16", "generator.filters=2", "generator.residual_blocks=1"),
    *("discriminator.filters=2", "discriminator.layers=1", "train.steps=2", "train.log_every=1"),
)
CASES = {
    # What is said, and the pictures: 14 rows; or 4 rows for each of 3 styles.
    "cyclegan": ("train.pool_size=2", ["A2B-16x16-int8-dynamic.tflite"], 14 * 6),
    "stargan": (
        "data.batch_size=2",
        ["G-16x16-int8-dynamic.tflite", "OpenMoji: designed by", "classification"],
        3 * 4 * 7,
    ),
}


@pytest.mark.parametrize("family", ["cyclegan", pytest.param("stargan", marks=pytest.mark.slow)])
def test_the_whole_way(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    pytest.importorskip("tensorrt_rtx")
    monkeypatch.chdir(tmp_path)
    change, said, pictures = CASES[family]
    changes = [part for one in (*TINY, change) for part in ("--set", one)]
    done = command("demo", "--family", family, *changes, "--json")
    assert done.code == 0
    content = json.loads(done.out)
    status = {Path(a["path"]).suffix: a["status"] for a in content["artifacts"]}
    assert status == {".tflite": "verified", ".onnx": "verified", ".rtx": "unverified"}
    names = [row["name"] for row in content["quality"]]
    assert names[:3] == ["input, untranslated", "input, blurred (sigma 2)", "translation, Keras"]
    for row in content["quality"]:
        for measure in MEASURES:
            low, high = row[measure]["ci"]
            assert low < row[measure]["mean"] < high
    report = Path(content["report"])
    assert report.parent == Path("demo" if family == "cyclegan" else "demo-stargan")
    page = report.read_text()
    assert page.count("data:image/png;base64,") == pictures
    for words in ("Twemoji", "CC-BY 4.0", "unverified", "p50", *said):
        assert words in page
    assert list(tmp_path.rglob(".tmp-*")) == []
