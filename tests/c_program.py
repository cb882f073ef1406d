"""The program of `edgegan app --platform c`: built, and run on pictures."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from edgegan.images import ImageArray

COMPILER = shutil.which("gcc") or shutil.which("cc")
MAKE = shutil.which("make")


def installed_litert() -> Path:
    """Name the folder of libLiteRt.so, that of the Python package."""
    spec = find_spec("ai_edge_litert")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def build(app: Path, litert: Path, compiler: str = str(COMPILER), *settings: str) -> Path:
    """Compile the program in the folder of an app; a warning is an error."""
    command = [str(MAKE), "-C", str(app), f"CC={compiler}", f"LITERT={litert}"]
    flags = "CFLAGS=-O2 -Werror -Wpedantic -Wconversion -Wno-sign-conversion"
    done = subprocess.run([*command, flags, *settings], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return app / "edgegan_run"


def run(*command: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run it; stdout and stderr are bytes."""
    return subprocess.run(
        [str(word) for word in command], input=given, capture_output=True, check=False, timeout=300
    )


def translated(program: Sequence[str | Path], image: ImageArray, *options: str) -> ImageArray:
    """Translate one picture, whose models are beside the program."""
    folder = Path(program[-1]).parent
    done = run(*program, *options, "--models", folder, "-", "-", given=ppm(image))
    assert done.returncode == 0, done.stderr
    (result,) = pictures(done.stdout)
    return result


def ppm(image: ImageArray) -> bytes:
    """Write a binary PPM."""
    height, width, _ = image.shape
    return b"P6\n# of a test\n%d %d\n255\n" % (width, height) + image.tobytes()


def pictures(data: bytes) -> list[ImageArray]:
    """Read binary PPMs that follow one another."""
    found = []
    while data:
        head, size, most, data = data.split(b"\n", 3)
        assert (head, most) == (b"P6", b"255")
        width, height = map(int, size.split())
        length = 3 * width * height
        found.append(np.frombuffer(data[:length], np.uint8).reshape(height, width, 3))
        data = data[length:]
    return found


def noisy_photo(height: int, width: int) -> ImageArray:
    """Make a colourful picture."""
    noise = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    return np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))


def levels_apart(one: ImageArray, other: ImageArray) -> int:
    """Return the largest difference of two pictures of one size."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())
