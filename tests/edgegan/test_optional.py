"""A missing package names the extra that brings it."""

from __future__ import annotations

import importlib

import pytest

from edgegan.errors import MissingRequirement
from edgegan.optional import installed_versions, needs


def test_a_missing_package_gives_both_commands() -> None:
    with pytest.raises(MissingRequirement) as caught, needs("onnx"):
        importlib.import_module("a_package_that_is_not_there")
    text = str(caught.value)
    assert "'a_package_that_is_not_there'" in text
    assert "pip install 'edgegan[onnx]'" in text
    assert "pip install -e '.[onnx]'" in text
    assert caught.value.exit_code == 3


def test_our_own_missing_modules_are_bugs_and_stay_so() -> None:
    with pytest.raises(ModuleNotFoundError), needs("onnx"):
        importlib.import_module("edgegan.not_there")


def test_what_is_there_is_imported() -> None:
    with needs("onnx"):
        module = importlib.import_module("json")
    assert module.loads("1") == 1


def test_versions_of_what_is_installed() -> None:
    import numpy

    found = installed_versions(["numpy", "no-such-distribution"])
    assert found == {"numpy": numpy.__version__}
