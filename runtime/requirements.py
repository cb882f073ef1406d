"""What the package's extras ask for, by its own metadata, and whether it is installed.

A small reader of what setuptools writes: names, bounds on versions, extras, and the marker
`extra == "..."`; any other marker is taken to hold. (The package `packaging` does all of it,
but is not in the light install.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

PROJECT = "edgegan"
Bound = tuple[str, str]  # such as (">=", "2.21")

_LINE = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?\s*([^;]*)(?:;(.*))?")
_BOUND = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*([0-9A-Za-z.*+!-]+)")
_EXTRA = re.compile(r"\bextra\s*==\s*['\"]([^'\"]+)['\"]")
_PLACES = 8  # of a version that are compared


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A package, and the bounds of its version, such as ((">=", "2.21"), ("<", "2.22"))."""

    name: str
    bounds: tuple[Bound, ...]

    @property
    def bounds_text(self) -> str:
        """The bounds as pip takes them behind a name: ">=2.21,<2.22"; empty if there are none."""
        return ",".join(sign + bound for sign, bound in self.bounds)


def requirements(extra: str, lines: Sequence[str] | None = None) -> tuple[Requirement, ...]:
    """List what an extra asks for, each package once; extras in it are followed.

    Args:
        extra: Its name; "" is the base install.
        lines: The package's requirements; None reads those of the installed EdgeGAN.
    """
    found: dict[str, dict[Bound, None]] = {}
    for requirement in _of_extra(extra, _own_requirements() if lines is None else lines):
        found.setdefault(requirement.name, {}).update(dict.fromkeys(requirement.bounds))
    return tuple(Requirement(name=name, bounds=tuple(bounds)) for name, bounds in found.items())


def installed(name: str) -> str | None:
    """Return the version of a package; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def satisfies(found: str, bounds: Sequence[Bound]) -> bool:
    """Tell whether a version is within all bounds. Only its numbers count."""
    return all(_within(found, sign, bound) for sign, bound in bounds)


def _of_extra(extra: str, lines: Sequence[str]) -> Iterator[Requirement]:
    for line in lines:
        match = _LINE.match(line)
        marker = _EXTRA.search(match[4] or "") if match else None
        if match is None or (marker[1] if marker else "") != extra:
            continue
        name, inner, bounds = match[1].lower(), match[2] or "", match[3]
        if name == PROJECT:
            for word in re.findall(r"[\w-]+", inner):
                yield from _of_extra(word, lines)
        else:
            yield Requirement(name=name, bounds=tuple(_BOUND.findall(bounds)))


def _own_requirements() -> list[str]:
    try:
        return requires(PROJECT) or []
    except PackageNotFoundError:  # run from a checkout that was not installed
        return []


def _within(found: str, sign: str, bound: str) -> bool:
    mine, theirs = _numbers(found), _numbers(bound)
    if bound.endswith(".*"):
        return (mine[: bound.count(".")] == theirs[: bound.count(".")]) == (sign == "==")
    if sign == "~=":
        places = len(bound.split(".")) - 1
        return mine >= theirs and mine[:places] == theirs[:places]
    answers = {
        "==": mine == theirs,
        "!=": mine != theirs,
        "<": mine < theirs,
        "<=": mine <= theirs,
        ">": mine > theirs,
        ">=": mine >= theirs,
    }
    return answers[sign]


def _numbers(text: str) -> tuple[int, ...]:
    """Return the release's numbers: "2.21.0rc1+cu13" is 2, 21, 0, 0, ..."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text)
    numbers = [int(number) for number in match[1].split(".")] if match else []
    return (*numbers, *[0] * (_PLACES - len(numbers)))[:_PLACES]
