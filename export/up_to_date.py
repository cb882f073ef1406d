"""Is an artifact already what an export would make? As `make` asks, but by contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgegan.errors import ArtifactError
from edgegan.export.artifact import artifact_tools
from edgegan.export.job import ExportJob, ExportOptions, calibration_record, requested
from edgegan.export.targets import ExportSpec
from edgegan.manifest import Manifest, check_hash, read_manifest, sha256


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the file that an artifact would be written to stands.

    Attributes:
        state: It is missing; it is what would be made; it was made here, but of something
            else; or it is of unknown origin.
        reason: Why it is outdated or unknown, in a few words.
        manifest: Of a current one.
    """

    state: Literal["missing", "current", "outdated", "unknown"]
    reason: str = ""
    manifest: Manifest | None = None


def standing(job: ExportJob, spec: ExportSpec, options: ExportOptions) -> Standing:
    """Compare the file that is there with what the export would make.

    Compared are the weights (by the generator's SHA-256), the options, the calibration
    images, and the versions of the packages that made it.
    """
    path = spec.path(options.folder, job.generator.stem)
    if not path.exists():
        return Standing(state="missing")
    try:
        manifest = read_manifest(path)
        if manifest is not None:
            check_hash(path, manifest)
    except ArtifactError:
        return Standing(state="unknown", reason="it was changed, or its manifest is damaged")
    if manifest is None:
        return Standing(state="unknown", reason="it has no manifest")
    reason = _difference(manifest, job, spec, options)
    if reason:
        return Standing(state="outdated", reason=reason)
    return Standing(state="current", manifest=manifest)


def _difference(
    manifest: Manifest, job: ExportJob, spec: ExportSpec, options: ExportOptions
) -> str:
    """Say what has changed since the artifact was made; empty if nothing has."""
    if manifest.source is None or manifest.source.sha256 != sha256(job.generator):
        return "other weights"
    if manifest.status == "failed":
        return "it failed its parity gate"
    if manifest.precision.requested != spec.precision:
        return "another precision"
    wanted = requested(job, spec, options)
    changed = [name for name, value in wanted.items() if manifest.options.get(name) != value]
    if changed:
        return f"another {', '.join(changed)}"
    if manifest.calibration != calibration_record(job, spec):
        return "another calibration"
    return _tools_difference(manifest, spec)


def _tools_difference(manifest: Manifest, spec: ExportSpec) -> str:
    now = artifact_tools(spec)
    changed = sorted(name for name, version in now.items() if manifest.tools.get(name) != version)
    return f"another version of {', '.join(changed)}" if changed else ""
