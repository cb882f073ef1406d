from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.sources import source_kind


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("camera", "camera"),
        ("camera:1", "camera"),
        ("/dev/video0", "camera"),
        ("/dev/null", "images"),
        ("camera.png", "images"),
        ("a.MP4", "video"),
        ("photos/a.webm", "video"),
        ("photos", "images"),
        ("a.jpg", "images"),
    ],
)
def test_a_word_tells_its_kind(source: str, kind: str) -> None:
    assert source_kind(source) == kind


def test_folders_are_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "camera").mkdir()
    (tmp_path / "set.mov").mkdir()
    assert source_kind("camera") == "images"
    assert source_kind("camera:0") == "camera"
    assert source_kind("set.mov") == "images"
