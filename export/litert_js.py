"""LiteRT.js, which runs .tflite files in browsers: fetched once by npm, pinned, and checked.

Apache-2.0, by Google (https://github.com/google-ai-edge/LiteRT). Its files are kept in EdgeGAN's
cache folder, below `litert-js`.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from edgegan.atomic import write_bytes
from edgegan.cache_folder import cache_folder
from edgegan.errors import ArtifactError, EdgeganError, MissingRequirement

VERSION = "2.5.3"
# Where each file goes in an app, where npm puts it, and its SHA-256. Without relaxed SIMD a
# browser takes "compat"; the variant with JSPI is left out: the app asks for whole models.
_FILES = {
    "core.js": (
        "core/dist/index.js",
        "e7daccc3a31eef890848a737ccb863ded5f046a6b40c3fdc0556495adeb5d9b3",
    ),
    "wasm-utils.js": (
        "wasm-utils/dist/index.js",
        "e0e20bc28ab001ac732cf40d15b6eebd24fb0deaeb95eeba5100f51eebf015f2",
    ),
    "wasm/litert_wasm_internal.js": (
        "core/wasm/litert_wasm_internal.js",
        "68efb69f770e3f76aff36a377de629ca496c131b86ac0f0f4b592a1543a898eb",
    ),
    "wasm/litert_wasm_internal.wasm": (
        "core/wasm/litert_wasm_internal.wasm",
        "7280cf4471774867e385e6c3cd53e2b45e2975b80fea338fff4ef359b0865614",
    ),
    "wasm/litert_wasm_compat_internal.js": (
        "core/wasm/litert_wasm_compat_internal.js",
        "4d8f894b7883654fd6e8439730aa41e79ceaab7d19184fc4f1f0b0f1a2a2c8a5",
    ),
    "wasm/litert_wasm_compat_internal.wasm": (
        "core/wasm/litert_wasm_compat_internal.wasm",
        "5255c8ad06eabdbd2522cdebf6b22fc10faf74625c23a49b9e072570cd1fa41c",
    ),
    "wasm/litert_wasm_threaded_internal.js": (
        "core/wasm/litert_wasm_threaded_internal.js",
        "92fe7a720c6deedaa1194c011c79a005ea4f6fc98f533b661cf7900760ab4849",
    ),
    "wasm/litert_wasm_threaded_internal.wasm": (
        "core/wasm/litert_wasm_threaded_internal.wasm",
        "b5e54eca10f043497edf9a02186332707cae260c550d7ea22b2cae55669596cf",
    ),
}


def litert_js(packages: Path | None = None) -> dict[str, bytes]:
    """Read the files of LiteRT.js, by their place in an app.

    Args:
        packages: A `node_modules/@litertjs` that is there; None fetches the packages by npm,
            unless they are in the cache.

    Raises:
        MissingRequirement: npm is needed, and not installed.
        EdgeganError: npm could not fetch them.
        ArtifactError: a file is not that of the pinned version.
    """
    found = _given(packages) if packages else _cached()
    # Only a bundler or an import map would know the package by its name.
    found["core.js"] = found["core.js"].replace(b'"@litertjs/wasm-utils"', b'"./wasm-utils.js"')
    return found


def _given(packages: Path) -> dict[str, bytes]:
    found = {}
    for place, (name, digest) in _FILES.items():
        data = _checked(packages / name, digest)
        if data is None:
            raise ArtifactError(
                f"{packages / name} is not that of LiteRT.js {VERSION}; give the @litertjs folder "
                "of this version."
            )
        found[place] = data
    return found


def _cached() -> dict[str, bytes]:
    """Read the cache; what is missing or damaged there is fetched anew."""
    folder = cache_folder("litert-js")
    names = {place: f"{VERSION}-{place.replace('/', '-')}" for place in _FILES}
    kept = {place: _checked(folder / names[place], _FILES[place][1]) for place in _FILES}
    found = {place: data for place, data in kept.items() if data is not None}
    if len(found) < len(_FILES):
        with tempfile.TemporaryDirectory() as temporary:
            _install(Path(temporary))
            found = _given(Path(temporary) / "node_modules" / "@litertjs")
        for place, data in found.items():
            write_bytes(folder / names[place], data)
    return found


def _checked(path: Path, digest: str) -> bytes | None:
    if not path.is_file():
        return None
    data = path.read_bytes()
    return data if sha256(data).hexdigest() == digest else None


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingRequirement(
            "The app runs on LiteRT.js, which npm fetches, and npm is not installed. Install "
            "Node.js (https://nodejs.org), or give --litert-js a node_modules/@litertjs folder."
        )
    packages = [f"@litertjs/{name}@{VERSION}" for name in ("core", "wasm-utils")]
    flags = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save")
    command = [npm, "install", "--prefix", str(folder), *flags, *packages]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        reason = " ".join(str(told).split())[-300:]
        raise EdgeganError(f"npm could not fetch LiteRT.js {VERSION}: {reason}") from error
