"""Which generators can be compared, and on what labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.domains import Domain
from edgegan.errors import UsageError
from edgegan.export import parity_pair
from edgegan.export.parity_pair import ParityPair, Side, open_pair
from edgegan.images import FloatArray
from edgegan.manifest import Task
from edgegan.runtime.numpy_engine import NumpyEngine
from tests.export.generators import DOMAINS

PIXELS = np.full((8, 8, 3), 100, np.uint8)


def labelled(x: FloatArray, label: FloatArray) -> FloatArray:
    return x * label[:, None, None, :1]


def plain(x: FloatArray) -> FloatArray:
    return -x


def engine(
    size: int | None = 8, label: int = 0, direction: str = "", domains: tuple[Domain, ...] = ()
) -> NumpyEngine:
    found = NumpyEngine(labelled if label else plain, (size, size), label_length=label)
    if direction:
        task = Task(family="stargan", direction=direction, domains=domains)
        found.info = replace(found.info, task=task)
    return found


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, NumpyEngine]:
    """Engines by file name, in place of files."""
    engines: dict[str, NumpyEngine] = {}
    monkeypatch.setattr(parity_pair, "load", lambda path, backend: engines[path.name])
    return engines


def pair(
    opened: dict[str, NumpyEngine],
    reference: NumpyEngine,
    candidate: NumpyEngine,
    size: tuple[int, int] | None = None,
) -> ParityPair:
    opened.update({"a.onnx": reference, "b.onnx": candidate})
    return open_pair(Side(path=Path("a.onnx")), Side(path=Path("b.onnx")), size)


def test_without_labels_the_images_are_compared(opened: dict[str, NumpyEngine]) -> None:
    found = pair(opened, engine(None), engine(8))
    assert (found.size, list(found.choices), found.is_whole) == ((8, 8), [("", None)], True)
    np.testing.assert_array_equal(found.candidate(PIXELS, None), 255 - PIXELS)


def test_the_size_is_the_candidates_else_the_one_asked_for(opened: dict[str, NumpyEngine]) -> None:
    assert pair(opened, engine(8), engine(None)).size == (8, 8)
    assert pair(opened, engine(None), engine(None), (4, 12)).size == (4, 12)
    for reference, candidate, size, words in (
        (engine(16), engine(8), None, "takes images of 16x16, and the candidate of 8x8"),
        (engine(8), engine(8), (16, 16), "leave out --size"),
        (engine(None), engine(None), None, "choose one with --size"),
    ):
        with pytest.raises(UsageError, match=words):
            pair(opened, reference, candidate, size)


def test_every_domain_is_compared_by_name(opened: dict[str, NumpyEngine]) -> None:
    found = pair(opened, engine(label=3), engine(label=3, direction="G", domains=DOMAINS))
    assert [name for name, _ in found.choices] == ["Black_Hair", "Blond_Hair", "Male=0"]
    assert found.is_whole
    numbered = pair(opened, engine(label=2), engine(label=2))
    assert [name for name, _ in numbered.choices] == ["entry 0", "entry 1"]


@pytest.mark.parametrize("candidate_is_baked", [True, False])
def test_a_baked_side_is_compared_in_its_domain(
    opened: dict[str, NumpyEngine], candidate_is_baked: bool
) -> None:
    sides = [engine(label=3, direction="G", domains=DOMAINS), engine(direction="Blond_Hair=1")]
    found = pair(opened, *(sides if candidate_is_baked else reversed(sides)))
    ((name, label),) = found.choices
    assert name == "Blond_Hair=1"
    assert label is not None
    assert label.tolist() == [0, 1, 1]
    assert found.is_whole is candidate_is_baked
    baked = found.candidate if candidate_is_baked else found.reference
    np.testing.assert_array_equal(baked(PIXELS, label), 255 - PIXELS)


def test_what_cannot_be_asked_for_the_same_is_refused(opened: dict[str, NumpyEngine]) -> None:
    other = (Domain(name="A"), Domain(name="B"), Domain(name="C"))
    multi = engine(label=3, direction="G", domains=DOMAINS)
    for candidate, words in (
        (engine(label=2), "a label of 3 entries, and the candidate of 2"),
        (engine(label=3, direction="G", domains=other), "the candidate A, B, C"),
        (engine(), "nothing tells which domain"),
        (engine(direction="Mal=1"), "Did you mean 'Male'"),
    ):
        with pytest.raises(UsageError, match=words):
            pair(opened, multi, candidate)


def test_the_direction_chooses_the_images(opened: dict[str, NumpyEngine]) -> None:
    assert pair(opened, engine(), engine()).direction == "A2B"
    assert pair(opened, engine(direction="B2A"), engine()).direction == "B2A"
    both = pair(opened, engine(direction="A2B"), engine(direction="B2A"))
    assert both.direction == "B2A"
