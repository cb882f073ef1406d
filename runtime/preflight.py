"""Does a TensorRT plan fit this machine? Asked before it is deserialised, which is too late.

What a plan was built for is told by its manifest, and by the header of a .rtx:

- `tools`: the release ("tensorrt" or "tensorrt-rtx": "10.3.0"), the "compute capability" of
  the GPU ("8.7") and the "platform", as `this_platform` tells it;
- `options["engine"]`: "hardware" ("none", "same-cc" or "ampere+") and "version_compatible".

What none of them tells is not judged.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.errors import IncompatibleArtifact, UsageError
from edgegan.manifest import Manifest, manifest_path
from edgegan.runtime.rtx import read_header

PLAN_SUFFIXES = (".engine", ".rtx")
_AMPERE = 8  # compute capability 8.x


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a plan was built for; empty where nothing tells.

    Attributes:
        version: The release of TensorRT or TensorRT-RTX.
        compute_capabilities: Of the GPUs.
        hardware: "none", "same-cc" or "ampere+".
        version_compatible: Whether other releases of the same major version run it too.
        platform: The operating system and the CPU.
        command: What builds it again.
    """

    version: str = ""
    compute_capabilities: tuple[str, ...] = ()
    hardware: str = "none"
    version_compatible: bool = False
    platform: str = ""
    command: str = "edgegan export"


def refuse_untrusted(path: Path, manifest: Manifest | None, trust: bool) -> None:
    """Refuse a plan that nothing vouches for: it is code, and runs when it is loaded.

    Raises:
        UsageError: it has no manifest, and `trust` is off.
    """
    if path.suffix in PLAN_SUFFIXES and manifest is None and not trust:
        raise UsageError(
            f"{path} has no manifest ({manifest_path(path).name}), and an engine is code that runs "
            "when it is loaded. Export it again here, copy its manifest too, or, if you know "
            "where it comes from, add --trust (in Python trust=True)."
        )


def built(path: Path, manifest: Manifest | None) -> Built:
    """Collect what is known of a plan without loading it.

    Raises:
        ArtifactError: the file is cut off.
    """
    header = read_header(path) if path.suffix == ".rtx" else None
    tool = "tensorrt-rtx" if path.suffix == ".rtx" else "tensorrt"
    tools, options = (manifest.tools, engine_options(manifest)) if manifest else ({}, {})
    capability = tools.get("compute capability")
    capabilities = (capability,) if capability else ()
    return Built(
        version=header.version if header else tools.get(tool, ""),
        compute_capabilities=header.compute_capabilities if header else capabilities,
        hardware=options.get("hardware") or "none",
        version_compatible=bool(options.get("version_compatible")),
        platform=tools.get("platform", ""),
        command=_command(manifest, tool),
    )


def engine_options(manifest: Manifest) -> dict[str, Any]:
    """Return how an engine was built, as its manifest keeps it; empty where it does not."""
    options = manifest.options.get("engine")
    return options if isinstance(options, dict) else {}


def check_version(path: Path, facts: Built, name: str, installed: str) -> None:
    """Refuse a plan of another release or platform; needs no GPU.

    Args:
        path: The file.
        facts: What it was built for.
        name: "tensorrt" or "tensorrt-rtx".
        installed: The release that is installed.

    Raises:
        IncompatibleArtifact: with the command that builds it again.
    """
    if facts.platform and facts.platform != this_platform():
        raise IncompatibleArtifact(
            f"{path} was built for {facts.platform}; this is {this_platform()}. {again(facts)}"
        )
    if facts.version and not _runs(facts, installed):
        raise IncompatibleArtifact(
            f"{path} was built by {name} {facts.version}, and {installed} is installed: a release "
            f"runs only its own engines. {again(facts)}"
        )


def check_device(path: Path, facts: Built, capability: str) -> None:
    """Refuse a plan for other GPUs.

    Args:
        path: The file.
        facts: What it was built for.
        capability: The compute capability of the GPU in use, such as "8.7".

    Raises:
        IncompatibleArtifact: with the command that builds it again.
    """
    ampere = facts.hardware == "ampere+" and int(capability.split(".")[0]) >= _AMPERE
    if not facts.compute_capabilities or ampere or capability in facts.compute_capabilities:
        return
    raise IncompatibleArtifact(
        f"{path} was built for GPUs of compute capability "
        f"{', '.join(facts.compute_capabilities)}; this one has {capability}. {again(facts)}"
    )


def again(facts: Built) -> str:
    """Say how to build a plan again."""
    return f"Build it again on this machine: {facts.command}"


def this_platform() -> str:
    """Name the operating system and the CPU, such as "linux-aarch64"."""
    return f"{sys.platform}-{platform.machine().lower()}"


def _runs(facts: Built, installed: str) -> bool:
    """Compare as much of the two versions as both tell: 10.3.0 is 10.3.0.26."""
    pairs = list(zip(facts.version.split("."), installed.split("."), strict=False))
    if facts.version_compatible:
        pairs = pairs[:1]
    return all(wanted == found for wanted, found in pairs)


def _command(manifest: Manifest | None, target: str) -> str:
    """Write the command that builds a plan, as far as its manifest tells."""
    if manifest is None:
        return f"edgegan export GENERATOR --target {target}"
    source = manifest.source.file if manifest.source else "GENERATOR"
    # A model in .onnx has its precision, size and batch already.
    form = [] if source.endswith(".onnx") else _form_flags(manifest)
    return " ".join(["edgegan export", source, "--target", target, *form, *_engine_flags(manifest)])


def _form_flags(manifest: Manifest) -> list[str]:
    options, flags = manifest.options, ["--precision", manifest.precision.requested]
    if size := options.get("size"):
        flags += ["--size", "x".join(map(str, size))]
    if options.get("batch", 1) != 1:
        flags += ["--batch", str(options["batch"])]
    if options.get("bake_domain"):
        flags += ["--bake-domain", f"'{options['bake_domain']}'"]
    if manifest.calibration:
        flags += ["--calib", str(manifest.calibration.get("data", "SPEC"))]
    return flags


def _engine_flags(manifest: Manifest) -> list[str]:
    """Name the options of an engine that decide where and how it runs."""
    options, flags = engine_options(manifest), list[str]()
    if batches := options.get("batches"):
        flags += ["--dynamic", ":".join(map(str, batches))]
    if options.get("dla_core") is not None:
        flags += ["--dla", str(options["dla_core"])]
    if options.get("hardware", "none") != "none":
        flags += ["--hw-compat", str(options["hardware"])]
    if options.get("version_compatible"):
        flags += ["--version-compatible"]
    if options.get("refit"):
        flags += ["--refit"]
    return flags
