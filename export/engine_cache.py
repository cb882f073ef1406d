"""Engines that were built before: kept by all that an engine depends on.

The two directions of a CycleGAN, and all epochs of a training, have one graph, the same
names and the same shapes; so the key covers the weights.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import onnx
from filelock import FileLock

from edgegan.atomic import write_bytes, write_text
from edgegan.cache_folder import cache_folder
from edgegan.export.engine_options import EngineOptions, EngineTarget
from edgegan.runtime.cuda import Device

KIND = "engines"


def engine_key(
    content: bytes,
    target: EngineTarget,
    options: EngineOptions,
    precision: str,
    name: str,
    version: str,
    gpu: Device | None,
) -> str:
    """Hash what an engine is made of.

    Args:
        content: The ONNX model; its metadata does not count, its weights do.
        target: What runs the engine.
        options: How it is built.
        precision: That was asked for, and found when it was built.
        name: What is stored in it.
        version: Of the TensorRT release, in full.
        gpu: That it is built on; None where it is built without.
    """
    model = onnx.load_from_string(content)
    del model.metadata_props[:]
    parts = {
        "onnx": hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest(),
        "target": target,
        "options": asdict(options),
        "precision": precision,
        "name": name,
        "version": version,
        "gpu": asdict(gpu) if gpu else None,
        "system": [platform.system(), platform.machine()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def cached_engine(key: str, about: str, build: Callable[[], bytes]) -> tuple[bytes, bool]:
    """Take an engine from the cache, else build it and keep it.

    Two processes that want one engine build it once: the second waits for the first.

    Args:
        key: Its `engine_key`.
        about: What it is, in a few words, for `edgegan cache ls`.
        build: Makes it.

    Returns:
        The engine, and whether it was there already.
    """
    path = cache_folder(KIND) / f"{key}.engine"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if (found := _read(path)) is not None:
            os.utime(path)  # the least recently used are pruned first
            return found, True
        engine = build()
        write_text(path.with_suffix(".json"), _about(about, engine))
        write_bytes(path, engine)
    return engine, False


def _read(path: Path) -> bytes | None:
    """Read a kept engine; None if it is not there, or was damaged since."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        told = json.loads(path.with_suffix(".json").read_text())["sha256"]
    except (OSError, ValueError, KeyError):
        return None
    return content if hashlib.sha256(content).hexdigest() == told else None


def _about(about: str, engine: bytes) -> str:
    return json.dumps({"about": about, "sha256": hashlib.sha256(engine).hexdigest()}) + "\n"
