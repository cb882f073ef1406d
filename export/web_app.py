"""`edgegan app --platform web`: an installable, offline web app around a generator.

The page is plain HTML, CSS and ES modules (`export/app_web`), to be read and changed; what differs
between generators is in `model.json`. It runs on LiteRT.js (edgegan.export.litert_js).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from edgegan.export.app_folder import published, templates, write_folder
from edgegan.export.app_models import MODEL_JSON, AppModel, model_json

# WebGPU wants float16; in WebAssembly int8 gains little (docs/phone.md).
_PREFERRED = ("fp16", "fp32", "int8-dynamic", "w8", "int8")
_WORKER, _MANIFEST = "sw.js", "manifest.webmanifest"


def for_browsers(models: Sequence[AppModel]) -> list[AppModel]:
    """Choose one model for each size: that of the precision that suits browsers best."""
    rank = {precision: place for place, precision in enumerate(_PREFERRED)}
    chosen: dict[tuple[int, int], AppModel] = {}
    for model in sorted(models, key=lambda one: rank.get(one.manifest.precision.requested, 9)):
        chosen.setdefault(model.size, model)
    return sorted(chosen.values(), key=lambda one: abs(one.size[0] - one.size[1]))


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
    chosen = [published(one) for one in for_browsers(models)]
    content = templates("web")
    content[_MANIFEST] = _named(content[_MANIFEST], title)
    content |= {f"litert/{name}": data for name, data in runtime.items()}
    content |= {model.name: model.data for model in chosen}
    content[MODEL_JSON] = model_json(chosen, title).encode()
    content[_WORKER] = _worker(content)
    return write_folder(folder, content)


def _named(webmanifest: bytes, title: str) -> bytes:
    content = json.loads(webmanifest) | {"name": title, "short_name": title[:12]}
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
