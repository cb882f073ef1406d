"""Every name of TensorRT's that the code uses is there in each release that it is for.

The names of the releases are in data/tensorrt_api.json, with their source. Names that only
some releases have are looked up with `getattr`, or belong to a function listed here.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.repository import ROOT

RTX = "tensorrt_rtx 1.7.1.116"
RELEASES = ("10.3.0", "10.13.3", "11.4.0", RTX)
PATTERNS = (
    "export/timing_cache.py",
    "export/trt*.py",
    "runtime/rtx_context.py",
    "runtime/tensorrt.py",
    "runtime/trt*.py",
)
FILES = [str(path.relative_to(ROOT)) for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
# What only TensorRT-RTX is asked for: whole files, or functions of a file.
RTX_ONLY = {
    "runtime/rtx_context.py": None,
    "export/trt_config.py": ("configure_rtx", "_compute_capabilities"),
}
# Names of variables and attributes, and the classes of what they stand for.
CLASSES = {
    "trt": "",
    "builder": "Builder",
    "cache": "IRuntimeCache",
    "config": "IBuilderConfig",
    "context": "IExecutionContext",
    "engine": "ICudaEngine",
    "error": "ParserError",
    "inspector": "EngineInspector",
    "network": "INetworkDefinition",
    "parser": "OnnxParser",
    "profile": "IOptimizationProfile",
    "runtime": "Runtime",
    "runtime_config": "IRuntimeConfig",
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("file", FILES)
def test_every_name_is_in_every_release(file: str, release: str) -> None:
    missing = [f"{cls}.{name}" for cls, name in uses(file, release) if not has(release, cls, name)]
    assert not missing, f"{release} has no {', '.join(missing)}"


def test_the_uses_are_found() -> None:
    found = {use for file in FILES for use in uses(file, RTX)}
    assert len(found) > 40
    assert {
        ("", "Runtime"),
        ("ILogger", "INTERNAL_ERROR"),
        ("IBuilderConfig", "num_compute_capabilities"),
        ("ICudaEngine", "device_memory_size_v2"),
        ("IExecutionContext", "execute_async_v3"),
        ("Runtime", "engine_host_code_allowed"),
        ("TensorIOMode", "INPUT"),
    } <= found
    assert ("IBuilderConfig", "num_compute_capabilities") not in uses(
        "export/trt_config.py", "11.4.0"
    )


def test_names_that_a_release_lost_are_found_missing() -> None:
    code = "def f(plan):\n config.set_flag(trt.BuilderFlag.FP16)\n plan._engine.num_bindings = 1"
    found = set(attributes(ast.parse(code)))
    assert found == {
        ("IBuilderConfig", "set_flag"),
        ("", "BuilderFlag"),
        ("BuilderFlag", "FP16"),
        ("ICudaEngine", "num_bindings"),
    }
    lost = [sorted(name for cls, name in found if not has(r, cls, name)) for r in RELEASES]
    assert lost == [["num_bindings"], ["num_bindings"], *[["FP16", "num_bindings"]] * 2]


def uses(file: str, release: str) -> set[tuple[str, str]]:
    """List (class, name) for all that a file asks of a release."""
    only = RTX_ONLY.get(file, ())
    if only is None:
        return set(attributes(ast.parse((ROOT / file).read_text()))) if release == RTX else set()
    tree = ast.parse((ROOT / file).read_text())
    if release != RTX:
        tree.body = [node for node in tree.body if getattr(node, "name", "") not in only]
    return set(attributes(tree))


def attributes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Find attributes of things named in `CLASSES`, and members of classes of `trt`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr.startswith("_"):
            continue
        owner = node.value
        if _name(owner) in CLASSES:
            yield CLASSES[_name(owner)], node.attr
        elif isinstance(owner, ast.Attribute) and _name(owner.value) == "trt":
            yield owner.attr, node.attr


def has(release: str, cls: str, name: str) -> bool:
    """Whether a class of a release has `name`; the class "" is the module."""
    return name in table(release).get(cls, "").split()


@cache
def table(release: str) -> dict[str, str]:
    """Read the names of one release."""
    content = json.loads((Path(__file__).parent / "data" / "tensorrt_api.json").read_text())
    names: dict[str, str] = content["releases"][release]
    return names


def _name(node: ast.expr) -> str:
    """Return `context` for context, _context, self._context and plan.context."""
    found = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return found.removeprefix("_")
