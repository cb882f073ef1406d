from __future__ import annotations

import os
import platform
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest

from edgegan.cache_entries import cache_entries
from edgegan.export.engine_cache import cached_engine, engine_key
from edgegan.export.engine_options import EngineOptions
from edgegan.export.keras_to_onnx import to_onnx
from edgegan.runtime.cuda import Device
from tests.export.generators import SIZE, generator

ORIN = Device(index=0, name="Orin", compute_capability="8.7", integrated=True)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def model() -> bytes:
    return to_onnx(generator(), (SIZE, SIZE), metadata="one")


def key(content: bytes, **other: Any) -> str:
    parts: dict[str, Any] = {
        "target": "tensorrt",
        "options": EngineOptions(),
        "precision": "fp32",
        "name": "edgegan:{}",
        "version": "10.3.0",
        "gpu": ORIN,
        **other,
    }
    return engine_key(content, **parts)


def test_all_that_an_engine_depends_on_is_in_its_key(model: bytes) -> None:
    keys = [
        key(model),
        key(to_onnx(generator(seed=1), (SIZE, SIZE), metadata="one")),  # other weights alone
        key(model, target="tensorrt-rtx"),
        key(model, options=EngineOptions(refit=True)),
        key(model, precision="fp16"),
        key(model, name="edgegan:{1}"),
        key(model, version="10.3.1"),
        key(model, gpu=replace(ORIN, name="Xavier")),
        key(model, gpu=None),
    ]
    assert len(set(keys)) == len(keys)


def test_another_system_has_other_engines(model: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    here = key(model)
    monkeypatch.setattr(platform, "machine", lambda: "another")
    assert key(model) != here


def test_metadata_of_the_model_does_not_count(model: bytes) -> None:
    other = onnx.load_from_string(model)
    onnx.helper.set_model_props(other, {"edgegan": "another"})
    assert key(other.SerializeToString()) == key(model)


def test_an_engine_is_built_once() -> None:
    assert cached_engine("k", "first", lambda: b"engine") == (b"engine", False)
    assert cached_engine("k", "second", lambda: b"never") == (b"engine", True)
    (entry,) = cache_entries()
    assert (entry.kind, entry.about) == ("engines", "first")


def test_an_engine_that_is_taken_counts_as_used(cache: Path) -> None:
    cached_engine("k", "first", lambda: b"engine")
    os.utime(cache / "engines" / "k.engine", (1, 1))
    cached_engine("k", "first", lambda: b"never")
    assert cache_entries()[0].used > 1


@pytest.mark.parametrize(("file", "content"), [("k.engine", b"engin"), ("k.json", b"{")])
def test_a_damaged_engine_is_built_again(cache: Path, file: str, content: bytes) -> None:
    cached_engine("k", "first", lambda: b"engine")
    (cache / "engines" / file).write_bytes(content)
    assert cached_engine("k", "first", lambda: b"anew") == (b"anew", False)
    assert cached_engine("k", "first", lambda: b"never") == (b"anew", True)


def test_a_build_that_fails_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        cached_engine("k", "first", lambda: bytes(1 // 0))
    assert cache_entries() == []


def test_two_that_want_one_engine_build_it_once() -> None:
    built: list[int] = []

    def build() -> bytes:
        built.append(1)
        time.sleep(0.2)
        return b"engine"

    threads = [threading.Thread(target=cached_engine, args=("k", "x", build)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]
