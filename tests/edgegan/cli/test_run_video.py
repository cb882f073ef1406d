"""`edgegan run` on a video, and on a camera that is not there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.images import to_gray
from tests.edgegan.cli.command import Command
from tests.runtime.models import SIZE
from tests.runtime.videos import difference, emoji_frames, read_video, write_video


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "in.mp4", emoji_frames(6), sound=True)


def test_a_video(command: Command, artifact: Path, video: Path, tmp_path: Path) -> None:
    done = command("run", artifact, video, "-o", tmp_path / "out.mp4")
    assert done.code == 0
    assert done.out.startswith(f"Wrote {tmp_path / 'out.mp4'}: 6 frames in ")
    assert "frames/s (the source has 10), libx264, sound copied" in done.out
    engine = edgegan.load(artifact)
    result = read_video(tmp_path / "out.mp4")
    expected = engine(np.stack(read_video(video).images))
    for one, other in zip(expected, result.images, strict=True):
        assert one.shape == other.shape == (SIZE, SIZE, 3)
        assert difference(to_gray(one), to_gray(other)) < 5  # colours have half of 8x8 pixels
    assert len(result.sound) > 3


def test_json_with_tiles(command: Command, artifact: Path, video: Path, tmp_path: Path) -> None:
    options = ("--tile", "auto", "--overlap", 4, "--json")
    content = json.loads(command("run", artifact, video, "-o", tmp_path / "out", *options).out)
    assert content["written"] == [str(tmp_path / "out" / "in.mp4")]
    assert content["kind"] == "video"
    frames = content["frames"]
    assert (frames["count"], frames["source_per_s"], frames["sound"]) == (6, 10, "copied")
    assert frames["per_s"] == pytest.approx(6 / frames["seconds"])
    assert content["tile"]["seams"]["count"] == 6 * 2 * 15 * 14  # 15 x 15 tiles
    assert content["tile"]["seams"]["worst"]["picture"].startswith(f"{video}, frame ")
    assert read_video(tmp_path / "out" / "in.mp4").images[0].shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("source", "output", "options", "code", "words"),
    [
        ("in.mp4", "x.mp4", ("--domain", "all"), 2, "makes a sheet of one image"),
        ("in.mp4", "x.mp4", ("--format", "png"), 2, "the suffix of -o chooses"),
        ("in.mp4", "x.mp4", ("--seconds", "3"), 2, "--seconds is for cameras"),
        ("in.mp4", "x.gif", (), 2, "Cannot save a video as x.gif"),
        ("in.mp4", "in.mp4", (), 2, "would be overwritten"),
        ("none.mp4", "x.mp4", (), 2, "none.mp4 does not exist"),
        ("text.mp4", "x.mp4", (), 1, "text.mp4 is not a readable video"),
        ("in.mp4", "text.mp4/x.mp4", (), 1, "Cannot write"),
        ("camera:98", "x.mp4", ("--seconds", "1"), 3, "No camera can be opened as /dev/video98"),
        ("camera:98", "x.png", (), 2, "Cannot save a video as x.png"),
        ("/dev/video98", "x.mp4", ("--domain", "all"), 2, "makes a sheet of one image"),
    ],
)
def test_what_is_refused(
    command: Command,
    artifact: Path,
    video: Path,
    source: str,
    output: str,
    options: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    folder = video.parent
    (folder / "text.mp4").write_text("this is text")
    before = sorted(folder.iterdir())
    given = source if source.startswith(("camera", "/dev")) else folder / source
    done = command("run", artifact, given, "-o", folder / output, *options)
    assert (done.code, done.out, len(done.errors)) == (code, "", 1)
    assert words in done.errors[0]
    assert sorted(folder.iterdir()) == before


def test_pyav_is_named_when_missing(
    command: Command, artifact: Path, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)  # importing it then fails
    done = command("run", artifact, video, "-o", tmp_path / "x.mp4")
    assert done.code == 3
    assert "pip install 'edgegan[video]'" in done.errors[0]
