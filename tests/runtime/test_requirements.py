from __future__ import annotations

import itertools

import pytest
from packaging.requirements import Requirement as Reference
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from edgegan.runtime.requirements import Requirement, installed, requirements, satisfies
from tests.repository import pyproject

VERSIONS = ["1.0", "1.24", "2", "2.0.1", "2.21.0", "2.22", "10.3.0", "1.7.1.116", "2026.4.1"]
BOUNDS = [">=1.24", "<2.22,>=2.21", "==2.0", "!=2", "~=2.0", "~=2.0.1", ">1.7,<=2", "==2.*", ""]
LINES = [
    "numpy>=1.24",
    'onnxruntime>=1.18; extra == "onnx"',
    'onnx>=1.16; extra == "onnx"',
    "edgegan[onnx]; extra == 'export'",
    'tensorflow<2.22,>=2.21; extra == "export"',
    'onnx<2; python_version >= "3.10" and extra == "export"',
    'edgegan[export,onnx]; extra == "all"',
    "!! no requirement",
]


@pytest.mark.parametrize(("version", "text"), itertools.product(VERSIONS, BOUNDS))
def test_versions_are_compared_as_packaging_does(version: str, text: str) -> None:
    (asked,) = requirements("", [f"a{text}"])
    assert satisfies(version, asked.bounds) == (Version(version) in SpecifierSet(text))


@pytest.mark.parametrize(
    ("version", "good"), [("2.21.0rc1", True), ("2.21.0+cu13", True), ("2.22.0.dev1", False)]
)
def test_only_the_numbers_of_a_version_count(version: str, good: bool) -> None:
    assert satisfies(version, [(">=", "2.21"), ("<", "2.22")]) is good
    assert not satisfies("unknown", [(">=", "1")])


def names(extra: str) -> list[str]:
    return [
        requirement.name + requirement.bounds_text for requirement in requirements(extra, LINES)
    ]


def test_extras_are_followed_and_each_package_is_named_once() -> None:
    assert names("") == ["numpy>=1.24"]
    assert names("onnx") == ["onnxruntime>=1.18", "onnx>=1.16"]
    export = ["onnxruntime>=1.18", "onnx>=1.16,<2", "tensorflow<2.22,>=2.21"]
    assert names("export") == export
    assert names("all") == ["onnxruntime>=1.18", "onnx>=1.16,<2", "tensorflow<2.22,>=2.21"]
    assert names("absent") == []


def test_every_extra_of_the_project_is_read_as_packaging_does() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    lines = [f'{line}; extra == "{extra}"' for extra, own in extras.items() for line in own]
    for extra, own in extras.items():
        plain = [Reference(line) for line in own if not line.startswith("edgegan[")]
        read = {one.name: one for one in requirements(extra, lines)}
        for reference in plain:
            mine = read[reference.name.lower()]
            text = {sign + bound for sign, bound in mine.bounds}
            assert {str(one) for one in reference.specifier} <= text


def test_what_is_installed() -> None:
    assert installed("numpy") is not None
    assert installed("no-such-package") is None
    assert Requirement(name="numpy", bounds=((">=", "1.24"),)) in requirements("")
