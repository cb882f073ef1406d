"""`edgegan app --platform c`: a program on LiteRT's C API, for boards such as a Raspberry Pi.

What lies in `export/app_c` is to be read and changed. What differs between generators is in
`model.json` and, as C, in `model.h`: so the board needs nothing that reads JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import fill

from edgegan.domains import Domain, label_length
from edgegan.errors import IncompatibleArtifact
from edgegan.export.app_folder import published, templates, write_folder
from edgegan.export.app_models import MODEL_JSON, AppModel, model_json
from edgegan.selftest import ATOL, SAMPLES

# CPUs are fastest with int8-dynamic; float16 is stored only, and computed as float32.
FOR_CPUS = ("int8-dynamic", "fp32", "int8", "w8", "fp16")
_HEADER = "model.h"


def for_cpus(models: Sequence[AppModel]) -> list[AppModel]:
    """Choose one model for each size: that of the precision that suits CPUs best.

    Raises:
        IncompatibleArtifact: a model takes or gives something else than float32.
    """
    rank = {precision: place for place, precision in enumerate(FOR_CPUS)}
    chosen: dict[tuple[int, int], AppModel] = {}
    for model in sorted(models, key=lambda one: rank.get(one.manifest.precision.requested, 9)):
        _check(model)
        chosen.setdefault(model.size, model)
    return sorted(chosen.values(), key=lambda one: abs(one.size[0] - one.size[1]))


def write_c_app(models: Sequence[AppModel], title: str, folder: Path) -> list[Path]:
    """Write a program and its models; the folder is whole, or not there.

    Args:
        models: Of one generator, in different sizes.
        title: What the app is called.
        folder: Where to; it may be there if it is empty.

    Returns:
        The files, the largest last.

    Raises:
        UsageError: the folder has something in it.
        IncompatibleArtifact: a model takes or gives something else than float32.
    """
    chosen = [published(one) for one in for_cpus(models)]
    content = templates("c")
    content[_HEADER] = _header(content[_HEADER].decode(), chosen).encode()
    content |= {model.name: model.data for model in chosen}
    content[MODEL_JSON] = model_json(chosen, title).encode()
    return write_folder(folder, content)


def _check(model: AppModel) -> None:
    io = model.manifest.io
    other = {tensor.dtype for tensor in (*io.inputs, *io.outputs)} - {"float32"}
    if other or io.outputs[0].shape != io.inputs[0].shape:
        raise IncompatibleArtifact(
            f"{model.name} does not take and give images of float32 in one size, which the program "
            "needs. Export it with --io float32, or by --preset phone."
        )


def _header(template: str, models: Sequence[AppModel]) -> str:
    task = models[0].manifest.task
    takes_label = len(models[0].manifest.io.inputs) > 1
    domains = task.domains if task and takes_label else ()
    values = {
        "samples": str(SAMPLES),
        "domain_count": str(len(domains)),
        "labels": str(label_length(domains)),
        "domains": _lines(_domain(domain) for domain in domains) or "    {0},",
        "models": _lines(map(_model, models)),
    }
    # All at once: a domain may be named as one of the marks.
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: values[mark[1]], template)


def _domain(domain: Domain) -> str:
    group = "NULL" if domain.group is None else _text(domain.group)
    switches = f"{int(domain.one_hot)}, {int(domain.default)}, {domain.dataset}"
    return f"{{{_text(domain.name)}, {group}, {switches}}}"


def _model(model: AppModel) -> str:
    manifest, (height, width) = model.manifest, model.size
    test, channels = manifest.selftest, manifest.io.inputs[0].shape[3]
    assert test is not None  # app_models refuses what has none
    by_mean = int(manifest.precision.requested not in ATOL)
    parts = (
        f"{_text(model.name)}, {_text(manifest.file_sha256)}",
        f"{height}, {width}, {channels}, {by_mean}, {test.atol}, {test.mean}, {test.std}",
        *(_numbers(of) for of in (test.indices, test.values, test.label or (0,))),
    )
    return "{" + ",\n     ".join(parts) + "}"


def _numbers(values: Iterable[float]) -> str:
    text = ", ".join(map(str, values))
    return fill(f"{{{text}}}", 100, initial_indent="     ", subsequent_indent="      ").lstrip()


def _lines(items: Iterable[str]) -> str:
    return "\n".join(f"    {item}," for item in items)


def _text(words: str) -> str:
    """Write a C string: bytes of UTF-8, in octal where they are not plain."""
    plain = range(32, 127)
    escaped = (
        chr(byte) if byte in plain and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in words.encode()
    )
    return f'"{"".join(escaped)}"'
