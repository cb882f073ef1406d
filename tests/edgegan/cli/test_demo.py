"""The demo as a whole, with everything made small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgegan.train.paired_quality import MEASURES
from tests.edgegan.cli.command import Command
from tests.edgegan.cli.test_train_and_export import TINY


def test_the_whole_way(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("tensorrt_rtx")
    folder = tmp_path / "demo"
    done = command(
        *("demo", "-o", folder, *TINY, "--set", "train.steps=2", "--set", "train.log_every=1"),
        "--json",
    )
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
    report = Path(content["report"]).read_text()
    assert report.count("data:image/png;base64,") == 14 * 6
    for words in ("Twemoji", "CC-BY 4.0", "A2B-16x16-int8-dynamic.tflite", "unverified", "p50"):
        assert words in report
    left = list(folder.rglob(".tmp-*"))
    assert left == []
