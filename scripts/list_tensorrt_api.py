"""List the Python API of TensorRT's releases, for the test that checks what the code uses.

The bindings come from PyPI, one wheel a release, unpacked by hand in a temporary folder::

    pip download --no-deps --python-version 3.11 --only-binary=:all: \
        tensorrt_cu12_bindings==10.3.0      # and 10.13.3.9; tensorrt_cu13_bindings==11.4.0.106
    python -m zipfile -e WHEEL TEMPORARY/10.3.0

Then, with the Python version of the wheels, a C compiler, and tensorrt-rtx installed::

    python scripts/list_tensorrt_api.py TEMPORARY/10.3.0 TEMPORARY/10.13.3 TEMPORARY/11.4.0

This writes tests/data/tensorrt_api.json. TensorRT itself is not needed: its bindings are
loaded beside empty libraries that have the names of the real ones, and asked with `dir()`.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from edgegan.atomic import write_text

TARGET = Path(__file__).parents[1] / "tests" / "data" / "tensorrt_api.json"
RTX = "tensorrt_rtx"
# The C functions that the bindings expect of the libraries.
SYMBOLS = (
    "createInferBuilder_INTERNAL",
    "createInferRefitter_INTERNAL",
    "createInferRuntime_INTERNAL",
    "createNvOnnxParser_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL",
    "getBuilderPluginRegistry",
    "getNvOnnxParserVersion",
    "getPluginRegistry",
    "initLibNvInferPlugins",
)
LIBRARIES = ("libnvinfer", "libnvonnxparser", "libnvinfer_plugin")


def main() -> None:
    """Write the tables; or, in a process of its own, print one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="Unpacked wheels.")
    parser.add_argument("--one", type=Path, help="Print the table of one unpacked wheel.")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(bindings_table(given.one)))
        return
    tables = {folder.name: _in_a_process(folder) for folder in given.folders}
    rtx = importlib.import_module(RTX)
    tables[f"{RTX} {rtx.__version__}"] = table(rtx)
    source = (
        "Names found with dir() in NVIDIA's wheels tensorrt_cu12_bindings 10.3.0 and 10.13.3.9, "
        "tensorrt_cu13_bindings 11.4.0.106 and tensorrt_rtx 1.7.1.116 (PyPI) by "
        "scripts/list_tensorrt_api.py"
    )
    content = {"source": source, "releases": tables}
    write_text(TARGET, json.dumps(content, indent=1, sort_keys=True) + "\n")


def table(module: Any) -> dict[str, str]:
    """List the public names of a module (under "") and of its classes, but layers and plugins."""
    names = _public(module)
    classes = {name: getattr(module, name) for name in names.split() if not _is_part(name)}
    members = {name: _public(c) for name, c in classes.items() if isinstance(c, type)}
    return {"": names, **members}


def bindings_table(folder: Path) -> dict[str, str]:
    """List the names in an unpacked wheel; the libraries of `_empty_libraries` must be found."""
    binary = folder / "tensorrt_bindings" / "tensorrt.so"
    loader = importlib.machinery.ExtensionFileLoader("tensorrt", str(binary))
    spec = importlib.util.spec_from_loader("tensorrt", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    listed = table(module)
    # What is written in Python around the bindings, such as `nptype`.
    tree = ast.parse((folder / "tensorrt_bindings" / "__init__.py").read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    listed[""] = " ".join(sorted({*listed[""].split(), *defined}))
    return listed


def _is_part(name: str) -> bool:
    return "Plugin" in name or name.endswith("Layer")


def _public(thing: Any) -> str:
    return " ".join(sorted(name for name in dir(thing) if not name.startswith("_")))


def _in_a_process(folder: Path) -> dict[str, str]:
    """Load one release; two of them cannot be in one process."""
    with tempfile.TemporaryDirectory() as libraries:
        _empty_libraries(Path(libraries))
        command = [sys.executable, __file__, "--one", str(folder)]
        environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    listed: dict[str, str] = json.loads(done.stdout)
    return listed


def _empty_libraries(folder: Path) -> None:
    """Compile libraries of every name and major version, whose functions return 0."""
    code = "".join(f"void *{name}(void) {{ return 0; }}\n" for name in SYMBOLS)
    source = folder / "empty.c"
    source.write_text(code)
    for library in LIBRARIES:
        for major in (10, 11):
            target = str(folder / f"{library}.so.{major}")
            subprocess.run(["cc", "-shared", "-fPIC", "-o", target, str(source)], check=True)


if __name__ == "__main__":
    main()
