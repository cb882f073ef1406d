"""Atomic writes: the old file or the new one, never a half."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.atomic import atomic_path, ensure_writable, write_bytes, write_text
from edgegan.errors import EdgeganError


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_write_and_replace(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.txt"
    write_text(path, "größe\n")
    assert path.read_bytes() == "größe\n".encode()
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert _names(path.parent) == ["x.txt"]


def test_the_temporary_file_keeps_the_suffix_and_the_folder(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "x.onnx") as temporary:
        assert temporary.suffix == ".onnx"
        assert temporary.parent == tmp_path
        temporary.touch()
        assert not (tmp_path / "x.onnx").exists()
    assert _names(tmp_path) == ["x.onnx"]


def _fail_halfway(path: Path, error: type[BaseException]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(error):
        _fail_halfway(path, error)
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["x.txt"]


def test_a_failure_leaves_no_new_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        _fail_halfway(tmp_path / "x.txt", RuntimeError)
    assert _names(tmp_path) == []


def test_a_folder_can_be_written_too(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "model") as temporary:
        temporary.mkdir()
        (temporary / "weights").touch()
    assert _names(tmp_path / "model") == ["weights"]
    assert _names(tmp_path) == ["model"]


def test_a_failure_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), atomic_path(tmp_path / "model") as temporary:  # noqa: PT012
        (temporary / "weights").mkdir(parents=True)
        raise RuntimeError
    assert _names(tmp_path) == []


def test_an_impossible_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgeganError, match=r"x\.txt: .*file is not a folder\.") as caught:
        write_text(tmp_path / "file" / "x.txt", "text")
    with pytest.raises(EdgeganError, match=r"x\.txt: Not a directory\."):
        write_text(tmp_path / "file" / "folder" / "x.txt", "text")
    assert caught.value.exit_code == 1


def test_ensure_writable(tmp_path: Path) -> None:
    ensure_writable(tmp_path / "new")
    assert _names(tmp_path / "new") == []
    (tmp_path / "file").touch()
    with pytest.raises(EdgeganError, match="Cannot write"):
        ensure_writable(tmp_path / "file" / "folder")


def test_ensure_writable_harms_no_file(tmp_path: Path) -> None:
    (tmp_path / "probe").write_text("a user's")
    ensure_writable(tmp_path)
    assert _names(tmp_path) == ["probe"]
    assert (tmp_path / "probe").read_text() == "a user's"
