"""`edgegan app --platform android`: a Gradle project around a generator.

The project (`export/app_android`) is plain Kotlin, to be read and changed; what differs between
generators is in its assets. The title is in one resource, and names the project and the package.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from edgegan.export.app_folder import published, templates, write_folder
from edgegan.export.app_models import MODEL_JSON, AppModel, model_json

_ASSETS = "app/src/main/assets"
_STRINGS = "app/src/main/res/values/strings.xml"
_NAMED = ("settings.gradle.kts", "app/build.gradle.kts")


def write_android_app(models: Sequence[AppModel], title: str, folder: Path) -> list[Path]:
    """Write a project; the folder is whole, or not there.

    All models go in: the app takes the one that suits a photo and an accelerator. Of the manifests
    only what it needs is published: not where the training data lay.

    Args:
        models: Of one generator, in different sizes and precisions.
        title: What the app is called.
        folder: Where to; it may be there if it is empty.

    Returns:
        The files, the largest last.

    Raises:
        UsageError: the folder has something in it.
    """
    told = [published(one) for one in models]
    content = templates("android")
    content[_STRINGS] = content[_STRINGS].replace(b"{{title}}", _resource(title).encode())
    for name in _NAMED:
        content[name] = content[name].replace(b"{{name}}", _identifier(title).encode())
    content |= {f"{_ASSETS}/{model.name}": model.data for model in told}
    content[f"{_ASSETS}/{MODEL_JSON}"] = model_json(told, title).encode()
    return write_folder(folder, content)


def _resource(title: str) -> str:
    r"""Write a title as an Android string resource: XML, in which \, ', ", @ and ? say more."""
    line = "".join(c if c.isprintable() else " " for c in title)
    line = re.sub(r"""[\\'"]|^[@?]""", r"\\\g<0>", " ".join(line.split()))
    return escape(line, quote=False)


def _identifier(title: str) -> str:
    """Make what every project and package may be called, such as "edgegan_horse2zebra"."""
    words = re.findall("[a-z0-9]+", title.lower())
    return "_".join(["edgegan", *words])
