"""`edgegan app --platform web`: an installable, offline web app around a generator.

The page is plain HTML, CSS and ES modules (`export/app_web`), to be read and changed; what differs
between generators is in `model.json`. It runs on LiteRT.js (edgegan.export.litert_js).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from edgegan.atomic import atomic_path, ensure_writable
from edgegan.errors import UsageError
from edgegan.export.app_models import MODEL_JSON, AppModel, model_json
from edgegan.manifest import Manifest

# In browsers float16 files are the faster ones; int8 takes twice as long in WebAssembly.
_PREFERRED = ("fp16", "fp32", "int8-dynamic", "w8", "int8")
_WORKER = "sw.js"


def for_browsers(models: Sequence[AppModel]) -> list[AppModel]:
    """Choose one model for each size: that of the precision that suits browsers best."""
    rank = {precision: place for place, precision in enumerate(_PREFERRED)}
    chosen: dict[tuple[int, int], AppModel] = {}
    for model in sorted(models, key=lambda one: rank.get(one.manifest.precision.requested, 9)):
        chosen.setdefault(model.size, model)
    return sorted(chosen.values(), key=lambda one: abs(one.size[0] - one.size[1]))


def check_folder(folder: Path) -> None:
    """Refuse a folder that has anything in it.

    Raises:
        UsageError: it has, or it is a file.
        EdgeganError: it cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there and not empty; choose another folder with -o.")
    ensure_writable(folder.parent)


def write_web_app(
    models: Sequence[AppModel], title: str, folder: Path, runtime: Mapping[str, bytes]
) -> list[Path]:
    """Write an app; the folder is whole, or not there.

    Of the manifests only what the page needs is published: not where the training data lay.

    Args:
        models: Of one generator, in different sizes.
        title: What the page is called.
        folder: Where to; it may be there if it is empty.
        runtime: LiteRT.js (`litert_js`).

    Returns:
        The files, the largest last.

    Raises:
        UsageError: the folder has something in it.
    """
    check_folder(folder)
    folder = folder.resolve()
    chosen = [replace(one, manifest=_published(one.manifest)) for one in for_browsers(models)]
    content = {name: _template(name, title) for name in _template_names()}
    content |= {f"litert/{name}": data for name, data in runtime.items()}
    content |= {model.name: model.data for model in chosen}
    content[MODEL_JSON] = model_json(chosen, title).encode()
    content[_WORKER] = _worker(content)
    with atomic_path(folder) as made:
        for name, data in content.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(data)
    return sorted((folder / name for name in content), key=lambda path: path.stat().st_size)


def _published(manifest: Manifest) -> Manifest:
    return replace(manifest, parity=None, attempts=(), options={}, calibration=None, tools={})


def _template_names() -> list[str]:
    found = files("edgegan.export").joinpath("app_web").iterdir()
    return sorted(path.name for path in found)


def _template(name: str, title: str) -> bytes:
    data = files("edgegan.export").joinpath("app_web", name).read_bytes()
    if name != "manifest.webmanifest":
        return data
    content = json.loads(data) | {"name": title, "short_name": title[:12]}
    return json.dumps(content, indent=2).encode()


def _worker(content: Mapping[str, bytes]) -> bytes:
    """Tell the service worker what to keep, and a version that changes with any of it."""
    digest = sha256()
    for name in sorted(content):
        digest.update(name.encode() + b"\n" + content[name])
    kept = sorted({"./", *content} - {_WORKER})
    text = content[_WORKER].decode()
    text = text.replace("{{version}}", digest.hexdigest()[:16])
    return text.replace("{{files}}", json.dumps(kept, indent=2)).encode()
