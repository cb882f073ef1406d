"""`edgegan app --platform ios`: a Swift package with a SwiftUI view around a generator.

The package (`export/app_ios`) is plain Swift, to be read and changed; what differs between
generators, the title among it, is in its resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgegan.export.app_folder import published, templates, write_folder
from edgegan.export.app_models import MODEL_JSON, AppModel, model_json

_RESOURCES = "Sources/EdgeGANApp/Models"


def write_ios_app(models: Sequence[AppModel], title: str, folder: Path) -> list[Path]:
    """Write a package; the folder is whole, or not there.

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
    content = templates("ios")
    content |= {f"{_RESOURCES}/{model.name}": model.data for model in told}
    content[f"{_RESOURCES}/{MODEL_JSON}"] = model_json(told, title).encode()
    return write_folder(folder, content)
