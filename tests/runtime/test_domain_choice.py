from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.domains import Domain
from edgegan.errors import UsageError
from edgegan.images import FloatArray
from edgegan.manifest import Task, tensor_of_rank
from edgegan.runtime.domain_choice import choose_domain, describe_domains
from edgegan.runtime.numpy_engine import NumpyEngine
from tests.runtime.models import SIZE, describe

DOMAINS = (
    Domain(name="Black", group="hair", default=1.0),
    Domain(name="Blond", group="hair"),
    Domain(name="Male", default=1.0),
)
TASK = Task(family="stargan", direction="G", domains=DOMAINS)
PIXELS = np.full((20, 10, 3), 7, np.uint8)


def paint(x: FloatArray, label: FloatArray) -> FloatArray:
    """Paint the whole image in the colour that the label names: red, green, blue."""
    colour: FloatArray = np.broadcast_to(label[:, None, None, :] * 2 - 1, x.shape)
    return colour


@pytest.fixture
def engine(tmp_path: Path) -> NumpyEngine:
    return with_task(tmp_path, TASK)


def with_task(folder: Path, task: Task | None, entries: int = 3) -> NumpyEngine:
    path = folder / "a.tflite"
    path.touch()
    manifest = replace(describe(path), task=task)
    return NumpyEngine(paint if entries else np.tanh, (SIZE, SIZE), manifest, entries)


@pytest.mark.parametrize(
    ("domain", "source", "label"),
    [
        ("Blond", None, (0, 1, 1)),
        ("Blond=1,Male=0", None, (0, 1, 0)),
        ("Male=1", "Blond,Male=0", (0, 1, 1)),
        ("Blond", "Male=0", (0, 1, 0)),
    ],
)
def test_the_label_is_what_was_asked_then_known_then_usual(
    engine: NumpyEngine, domain: str, source: str | None, label: tuple[int, ...]
) -> None:
    result = choose_domain(engine, domain, source)(PIXELS)
    assert result.shape == (SIZE, SIZE, 3)
    assert (result == np.array(label) * 255).all()


def test_all_is_a_sheet_of_the_input_and_every_domain(engine: NumpyEngine) -> None:
    sheet = choose_domain(engine, "all", "Male=0")(PIXELS)
    colours = {tuple(pixel) for pixel in sheet.reshape(-1, 3).tolist()}
    # The input; Black, Blond, and Male, each of someone who was not male.
    assert {(7, 7, 7), (255, 0, 0), (0, 255, 0), (255, 0, 255)} <= colours
    assert (0, 255, 255) not in colours


def test_a_sheet_of_bytes_in_batches(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.touch()
    image = tensor_of_rank("image", (2, 3, SIZE, SIZE), "uint8")
    engine = NumpyEngine(
        lambda x, label: np.uint8(255) * np.ones_like(x) * label.astype(np.uint8)[:, :, None, None],
        manifest=replace(describe(path), task=TASK),
        label_length=3,
        image=image,
    )
    plain = with_task(tmp_path, TASK)
    expected = choose_domain(plain, "all", "Male=0")(PIXELS)
    np.testing.assert_array_equal(choose_domain(engine, "all", "Male=0")(PIXELS), expected)


def test_a_missing_or_unknown_domain_lists_the_known(engine: NumpyEngine) -> None:
    with pytest.raises(UsageError, match=r"one or more of Male, hair: Black \| Blond, such as"):
        choose_domain(engine, None)
    with pytest.raises(UsageError, match=r"one or more of Male"):
        choose_domain(engine, None, "Male=1")
    for domain, source in (("Blonde", None), ("Male", "Blonde"), ("all", "Blonde")):
        with pytest.raises(UsageError, match=r"Did you mean 'Blond'\? Known: Black, Blond, Male"):
            choose_domain(engine, domain, source)


def test_a_domain_where_there_is_no_choice(tmp_path: Path) -> None:
    baked = Task(family="stargan", direction="Blond=1")
    cyclegan = Task(family="cyclegan", direction="A2B")
    for task, words in (
        (baked, r"made for Blond=1 alone \(--bake-domain\)"),
        (cyclegan, r"has one translation \(A2B\) and no domains"),
        (None, "has one translation and no domains"),
    ):
        engine = with_task(tmp_path, task, entries=0)
        assert choose_domain(engine, None) is engine
        for domain, source in (("Blond", None), (None, "Male"), ("all", None)):
            with pytest.raises(UsageError, match=words):
                choose_domain(engine, domain, source)


def test_without_a_manifest_the_domains_are_unknown(tmp_path: Path) -> None:
    for domain in (None, "Blond", "all"):
        with pytest.raises(UsageError, match="no manifest beside it and no copy inside"):
            choose_domain(with_task(tmp_path, None), domain)


def test_a_domain_may_be_named_all(tmp_path: Path) -> None:
    domains = (*DOMAINS[:2], Domain(name="all"))
    engine = with_task(tmp_path, replace(TASK, domains=domains))
    assert (choose_domain(engine, "all")(PIXELS) == (255, 0, 255)).all()


def test_domains_are_listed_by_group() -> None:
    domains = (Domain(name="x", group="g"), Domain(name="y"), Domain(name="z", group="g"))
    assert describe_domains(domains) == "y, g: x | z"
