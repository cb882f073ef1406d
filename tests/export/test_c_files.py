"""The command line of the C program, the files that it reads and writes, and its threads."""

from __future__ import annotations

import subprocess
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from tests.c_program import noisy_photo, pictures, ppm, run
from tests.export.c_apps import compiled, exported, made
from tests.export.generators import saved


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    return made(exported(saved(folder), folder), folder / "app")


@compiled
@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n", "is no binary PPM (P6)"),
        (b"P3 1 1 255\n1 2 3\n", "is no binary PPM (P6)"),
        (b"P6 -1 4 255\n", "has a damaged head"),
        (b"P6 8 8", "has a damaged head"),
        (b"P6 8 8 65535\n" + bytes(384), "has values up to 65535; expected 8 bits"),
        (b"P6 100000 100000 255\n", "has 100000 x 100000 pixels; at most 64000000"),
        (ppm(noisy_photo(8, 8))[:-1], "is cut off: it has 191 of 192 bytes"),
    ],
)
def test_bad_pictures_are_told(program: Path, tmp_path: Path, picture: bytes, words: str) -> None:
    (tmp_path / "in.ppm").write_bytes(picture)
    out = tmp_path / "out.ppm"
    done = run(program, "--models", program.parent, tmp_path / "in.ppm", out)
    assert done.returncode == 1
    assert f"edgegan_run: {tmp_path}/in.ppm {words}" in done.stderr.decode()
    assert not out.exists()


@compiled
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("a.ppm",), 2, "Usage: edgegan_run"),
        (("--fast", "a.ppm", "b.ppm"), 2, "Usage: edgegan_run"),
        (("--threads", "0", "a.ppm", "b.ppm"), 2, "--threads takes a number"),
        (("--threads", "2x", "a.ppm", "b.ppm"), 2, "--threads takes a number"),
        (("--threads", "", "a.ppm", "b.ppm"), 2, "--threads takes a number"),
        (("--threads", "4294967297", "a.ppm", "b.ppm"), 2, "--threads takes a number"),
        (("--domain", "Male=1", "a.ppm", "b.ppm"), 2, "make one translation"),
        (("nowhere/a.ppm", "b.ppm"), 1, "nowhere/a.ppm: No such file or directory"),
    ],
)
def test_wrong_use_is_told(
    program: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run(program, *arguments)
    assert done.returncode == code
    assert words in done.stderr.decode()


@compiled
def test_the_input_is_not_overwritten(program: Path, tmp_path: Path) -> None:
    photo, link = tmp_path / "in.ppm", tmp_path / "link.ppm"
    photo.write_bytes(ppm(noisy_photo(8, 8)))
    link.symlink_to(photo)
    for out in (photo, link):
        done = run(program, "--models", program.parent, photo, out)
        assert done.returncode == 2
        assert f"{out} is the input, too" in done.stderr.decode()
    assert photo.read_bytes() == ppm(noisy_photo(8, 8))


@compiled
@pytest.mark.parametrize("before", [None, b"mine"])
def test_nothing_is_left_cut_off(program: Path, tmp_path: Path, before: bytes | None) -> None:
    photo, out = tmp_path / "in.ppm", tmp_path / "out.ppm"
    photo.write_bytes(ppm(noisy_photo(8, 8)) * 2)
    if before:
        out.write_bytes(before)
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    photo.write_bytes(there["in.ppm"][:-1])
    done = run(program, "--models", program.parent, photo, out)
    assert done.returncode == 1
    assert "is cut off" in done.stderr.decode()
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == {**there, "in.ppm": there["in.ppm"][:-1]}
    photo.write_bytes(there["in.ppm"])
    assert run(program, "--models", program.parent, photo, out).returncode == 0
    assert len(pictures(out.read_bytes())) == 2
    assert len([*tmp_path.iterdir()]) == 2
    (tmp_path / "link.ppm").symlink_to(out)
    out.write_bytes(b"")
    assert run(program, "--models", program.parent, photo, tmp_path / "link.ppm").returncode == 0
    assert len(pictures(out.read_bytes())) == 2


@compiled
def test_a_device_is_written_itself(program: Path, tmp_path: Path) -> None:
    (tmp_path / "in.ppm").write_bytes(ppm(noisy_photo(8, 8)))
    done = run(program, "--models", program.parent, tmp_path / "in.ppm", "/dev/full")
    assert done.returncode == 1
    assert "/dev/full cannot be written" in done.stderr.decode()
    assert (
        run(program, "--models", program.parent, tmp_path / "in.ppm", "/dev/null").returncode == 0
    )


@compiled
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="there is no /proc")
def test_threads_are_there(program: Path) -> None:
    """LiteRT ignores an option whose name it does not know."""
    assert threads_of(program, 3) - threads_of(program, 1) == 2


def threads_of(program: Path, asked: int) -> int:
    command = [program, "--threads", str(asked), "--models", program.parent, "-", "-"]
    with subprocess.Popen([*map(str, command)], stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write(ppm(noisy_photo(8, 8)))
        running.stdin.flush()
        running.stdout.read(1)  # so it has translated one, and waits for another
        return len([*Path(f"/proc/{running.pid}/task").iterdir()])
