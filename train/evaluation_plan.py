"""Which scores an evaluation can give: those asked for, or all that are possible."""

from __future__ import annotations

from collections.abc import Sequence

from edgegan.domains import parse_domains
from edgegan.errors import UsageError, unknown_name
from edgegan.train.evaluation_data import Direction, EvaluationData
from edgegan.train.evaluation_subject import Subjects

METRICS = ("fid", "kid", "cycle", "identity", "paired", "attributes", "drift")


def check_names(asked: Sequence[str]) -> None:
    """Refuse an unknown metric, with a UsageError."""
    for name in asked:
        if name not in METRICS:
            raise unknown_name("metric", name, METRICS)


def choose_metrics(
    asked: Sequence[str], subjects: Subjects, data: EvaluationData
) -> tuple[list[str], dict[str, str]]:
    """Decide what is measured.

    Args:
        asked: Metrics asked for, each of which must be possible; empty takes all that are.
        subjects: What is evaluated.
        data: On what.

    Returns:
        The metrics, and why each of the others is left out.

    Raises:
        UsageError: one asked for is unknown or not possible.
    """
    check_names(asked)
    impossible = _impossible(subjects, data)
    for name in asked:
        if name in impossible:
            raise UsageError(f"The metric {name} cannot be measured: {impossible[name]}.")
    chosen = [name for name in METRICS if name in (asked or METRICS) and name not in impossible]
    return chosen, {} if asked else impossible


def choose_directions(subjects: Subjects, data: EvaluationData) -> Sequence[Direction]:
    """Return what the files can be asked for: one domain alone where that is baked in.

    Raises:
        UsageError: there are no images for what is baked in.
    """
    if not subjects.domains or subjects.direction == "G":
        return data.directions
    wanted = parse_domains(subjects.direction, subjects.domains)
    names = [f"to {name}" for name, value in wanted.items() if value]
    found = [direction for direction in data.directions if [direction.name] == names]
    if not found:
        raise UsageError(
            f"The file is made for {subjects.direction} alone; {data.spec} has no images for that "
            "single domain. Evaluate the generator that takes a label."
        )
    return found


def _impossible(subjects: Subjects, data: EvaluationData) -> dict[str, str]:
    reasons = {}
    if subjects.reverse is None:
        reasons["cycle"] = "the other direction is not known; name it with --reverse"
    if any(direction.truths is None for direction in data.directions):
        reasons["paired"] = f"{data.spec} does not tell the truth for each image"
    if any(direction.classes is None for direction in data.directions):
        reasons["attributes"] = "it is for generators with domains, on labelled data"
    missing = [file.missing for file in subjects.files if file.missing]
    if missing:
        reasons["drift"] = missing[0]
    elif not any(file.source for file in subjects.files):
        reasons["drift"] = "a Keras generator that was not compressed is what others drift from"
    return reasons
