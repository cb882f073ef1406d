"""The manifest: what an artifact is, how it was made and checked, as JSON beside it.

The manifest of `X` is `X.json`. A short copy travels inside the artifact where the
format allows (ONNX metadata, TFLite metadata buffer, TensorRT network name); it holds
no times or paths, so that equal inputs give equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from edgegan.atomic import write_text
from edgegan.domains import Domain
from edgegan.errors import ArtifactError, UsageError
from edgegan.generator import GeneratorConfig
from edgegan.selftest import SelfTest

SCHEMA = 1
CHANNELS = (1, 3)  # that an image may have: gray, RGB
# A Keras generator is itself the reference that artifacts are compared with.
Status = Literal["reference", "verified", "unverified", "failed"]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the generator does: its GAN family, and its direction ("A2B", "B2A") or domains.

    A multi-domain generator has the direction "G". One whose label was fixed at export
    has no domains, and that of its domain, such as "Blond_Hair=1".
    """

    family: str
    direction: str
    domains: tuple[Domain, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One input or output: `shape` with None for a free dimension, value `range`.

    Images are "NHWC" or "NCHW": float32 in [-1, 1], or uint8 0..255. A label beside the
    image is "NC" in [0, 1].
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    layout: str = "NHWC"
    range: tuple[float, float] = (-1.0, 1.0)


def tensor_of_rank(name: str, shape: tuple[int | None, ...], dtype: str) -> Tensor:
    """Describe a tensor found in a network: a label if it has two axes, else an image.

    An image is "NCHW" if its axis 1 is one of channels (1 or 3) and axis 3 is not.
    """
    if len(shape) == 2:
        return Tensor(name=name, shape=shape, dtype=dtype, layout="NC", range=(0.0, 1.0))
    first = len(shape) == 4 and shape[1] in CHANNELS and shape[3] not in CHANNELS
    return Tensor(
        name=name,
        shape=shape,
        dtype=dtype,
        layout="NCHW" if first else "NHWC",
        range=(0.0, 255.0) if dtype == "uint8" else (-1.0, 1.0),
    )


@dataclass(frozen=True, kw_only=True)
class IO:
    """The tensors that enter and leave an artifact, in order."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True, kw_only=True)
class Precision:
    """The precision asked for and the one found in the artifact."""

    requested: str
    obtained: str


@dataclass(frozen=True, kw_only=True)
class Delegate:
    """How much of the graph a delegate takes: partitions, and the ops left `outside`."""

    name: str
    partitions: int
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parity:
    """How far an artifact's images are from its reference's (see edgegan.export.parity).

    PSNR in dB on uint8; `source` says which images and which reference. A manifest from
    before the last three has none of them.

    Attributes:
        min_psnr: The threshold of the median, dB.
        worst_image: The image with the lowest PSNR, and the domain if there are several.
        worst_domain: That with the lowest median PSNR; empty if there is only one.
    """

    images: int
    source: str
    psnr_min: float
    psnr_median: float
    ssim_median: float
    max_lsb: int
    share_over_2lsb: float
    passed: bool
    min_psnr: float | None = None
    worst_image: str = ""
    worst_domain: str = ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One setting that an export tried: what it `kept` in float, and how that went.

    `layers` are the names of what was kept; PSNR in dB, None if the self-test had failed.
    """

    kept: str
    layers: tuple[str, ...]
    psnr_min: float | None
    psnr_median: float | None
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Source:
    """The file an artifact was made from: its name and SHA-256."""

    file: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything known of one artifact. Keys are settled; more may be added."""

    schema: int = SCHEMA
    file_sha256: str
    task: Task | None
    generator: GeneratorConfig | None
    io: IO
    precision: Precision
    delegate: Delegate | None = None
    selftest: SelfTest | None
    parity: Parity | None = None
    attempts: tuple[Attempt, ...] = ()
    status: Status = "unverified"
    params: int
    macs: int | None
    macs_literature: int | None
    size_bytes: int
    source: Source | None
    options: dict[str, Any] = field(default_factory=dict)
    calibration: dict[str, Any] | None = None
    tools: dict[str, str] = field(default_factory=dict)
    created: str


def manifest_path(artifact: Path) -> Path:
    """Name the manifest of `artifact`: its full file name and `.json`."""
    return artifact.with_name(artifact.name + ".json")


def write_manifest(artifact: Path, manifest: Manifest) -> Path:
    """Write `manifest` beside `artifact`, atomically, and return its path."""
    path = manifest_path(artifact)
    write_text(path, json.dumps(asdict(manifest), indent=2) + "\n")
    return path


def read_manifest(artifact: Path) -> Manifest | None:
    """Read the manifest beside `artifact`; None where there is none.

    Raises:
        ArtifactError: the manifest is damaged or of an unknown schema.
    """
    path = manifest_path(artifact)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise ArtifactError(f"{path} is not an EdgeGAN manifest: {error!r}.") from error
    return parse_manifest(content, str(path))


def parse_manifest(content: Any, name: str) -> Manifest:
    """Read a manifest from the content of its JSON; errors call it `name`.

    Raises:
        ArtifactError: it is none, or of an unknown schema.
    """
    try:
        schema = content["schema"]
    except (KeyError, TypeError) as error:
        raise ArtifactError(f"{name} is not an EdgeGAN manifest: {error!r}.") from error
    if schema != SCHEMA:
        raise ArtifactError(
            f"{name} has schema {schema!r}; this version reads schema {SCHEMA}. "
            "Export the artifact again, or update edgegan."
        )
    try:
        return _build(Manifest, content)
    except (ValueError, KeyError, TypeError, UsageError) as error:
        raise ArtifactError(f"{name} is not a valid manifest: {str(error).rstrip('.')}.") from error


def check_hash(artifact: Path, manifest: Manifest) -> None:
    """Compare the artifact's bytes with the hash in its manifest.

    Raises:
        ArtifactError: they differ, so the file is damaged or not the one described.
    """
    if sha256(artifact) != manifest.file_sha256:
        raise ArtifactError(
            f"{artifact} is damaged or was changed: its SHA-256 differs from the one in "
            f"{manifest_path(artifact).name}. Export or copy it again, both files together."
        )


def embedded_copy(manifest: Manifest) -> str:
    """Return the copy that travels inside the artifact, as compact JSON.

    TensorRT takes 4095 bytes, and CelebA has 40 domains. So a domain tells only what is
    not its default, and the generator's configuration leaves out its domains.
    """
    content = asdict(manifest)
    keys = ("schema", "task", "io", "generator")
    copy = {key: content[key] for key in keys}
    if manifest.task:
        copy["task"]["domains"] = [_short(domain) for domain in manifest.task.domains]
    if manifest.generator:
        del copy["generator"]["domains"]
        if not manifest.generator.widths:
            del copy["generator"]["widths"]
    copy["source_sha256"] = manifest.source.sha256 if manifest.source else None
    return json.dumps(copy, separators=(",", ":"), sort_keys=True)


def embedded_task(copy: str) -> Task | None:
    """Read the task from an artifact's embedded copy; None where that is no such copy."""
    try:
        content = json.loads(copy)
        return _build(Task, content["task"]) if content["schema"] == SCHEMA else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def sha256(path: Path) -> str:
    """Hash a file's bytes, as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(2**20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _short(domain: Domain) -> dict[str, Any]:
    default = asdict(Domain(name=""))
    return {key: value for key, value in asdict(domain).items() if value != default[key]}


def _build(cls: type[T], content: dict[str, Any]) -> T:
    """Make dataclass `cls` from JSON, nested; keys of later versions are ignored."""
    if not isinstance(content, dict):
        raise TypeError(f"{cls.__name__} is {content!r}; expected an object")
    hints = get_type_hints(cls)
    known = {f.name for f in fields(cls) if f.name in content}  # type: ignore[arg-type]
    return cls(**{name: _convert(hints[name], content[name]) for name in known})


def _convert(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value)
    if get_origin(hint) is tuple:
        return tuple(_convert(get_args(hint)[0], item) for item in value)
    return value
