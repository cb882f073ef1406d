"""Light modules stay light: each is imported in a fresh interpreter, and looked into."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.repository import ROOT, heavy_packages

# Their files may load TensorFlow; the packages themselves must not.
HEAVY = ("demo", "export", "train")


def light_modules() -> list[str]:
    """Name each module of the vocabulary, the command line and the runtime."""
    files = [*(ROOT / "edgegan").rglob("*.py"), *(ROOT / "runtime").rglob("*.py")]
    files += [ROOT / stage / "__init__.py" for stage in ("export", "train")]
    names = set()
    for file in files:
        parts = file.relative_to(ROOT).with_suffix("").parts
        whole = parts if parts[0] == "edgegan" else ("edgegan", *parts)
        if whole[-1] == "__init__":
            names.add(".".join(whole[:-1]))
        elif whole[1] not in (*HEAVY, "__main__"):
            names.add(".".join(whole))
    return sorted(names)


def loaded_heavy(code: str) -> list[str]:
    """Run `code` in a fresh interpreter; list the heavy packages it loaded."""
    probe = f"{code}\nimport sys\nprint(*sorted(set({heavy_packages()!r}) & set(sys.modules)))"
    return run_python(probe).stdout.split()


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter; it must succeed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("module", light_modules())
def test_a_light_module_loads_no_heavy_package(module: str) -> None:
    assert loaded_heavy(f"import {module}") == []


def test_engines_are_built_without_tensorflow() -> None:
    loaded = loaded_heavy("import edgegan.export.trt")  # a Jetson builds them from .onnx
    assert not {"tensorflow", "tf_keras"}.intersection(loaded)


@pytest.mark.parametrize("part", ["", "_images", "_pair", "_record", "_samples", "_sheet"])
def test_artifacts_are_compared_without_tensorflow(part: str) -> None:
    assert loaded_heavy(f"import edgegan.export.parity{part}") == []  # a Jetson verifies


def test_a_heavy_package_is_seen() -> None:
    assert "onnx" in loaded_heavy("import onnx")


def test_the_modules_are_found() -> None:
    expected = {"edgegan", "edgegan.images", "edgegan.cli", "edgegan.runtime.engine"}
    assert expected | {f"edgegan.{stage}" for stage in HEAVY} <= set(light_modules())
    assert not any(name.startswith("edgegan.train.") for name in light_modules())


def test_help_loads_no_numpy() -> None:
    code = """
import sys
from edgegan.cli import main
sys.argv = ["edgegan", "--help"]
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
print("LOADED", *sorted({"numpy", "PIL"} & set(sys.modules)))
"""
    output = run_python(code).stdout
    assert "Usage" in output
    assert output.splitlines()[-1] == "LOADED"
