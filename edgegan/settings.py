"""Settings: a TOML file, then `--set key=value`, become nested frozen dataclasses.

Unknown keys are errors that suggest the nearest known one. Values are checked against
the annotated types: int, float, bool, str, Literal, and X | None.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from edgegan.errors import UsageError, unknown_name
from edgegan.optional import needs

T = TypeVar("T")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as nested dicts.

    Raises:
        UsageError: the file does not exist or is not TOML.
    """
    with needs("train"):
        import tomli
    try:
        return tomli.loads(path.read_text())
    except FileNotFoundError as error:
        raise UsageError(f"The configuration {path} does not exist.") from error
    except OSError as error:
        raise UsageError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The configuration {path} is not valid TOML: {error}.") from error


def write_toml(path: Path, settings: Any) -> None:
    """Write the dataclass `settings` to `path`, atomically; None values are left out."""
    from edgegan.atomic import write_text

    with needs("train"):
        import tomli_w
    write_text(path, tomli_w.dumps(_without_none(asdict(settings))))


def build(cls: type[T], content: Mapping[str, Any], prefix: str = "") -> T:
    """Make the frozen dataclass `cls` from nested dicts.

    Raises:
        UsageError: a key is unknown or a value has the wrong type, with its full name.
    """
    hints = get_type_hints(cls)
    known = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key not in known:
            names = [f"{prefix}{name}" for name in known]
            raise unknown_name("setting", f"{prefix}{key}", names)
        values[key] = _convert(hints[key], value, f"{prefix}{key}")
    return cls(**values)


def override(content: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Apply `group.key=value` assignments to nested dicts; values are read as TOML does.

    Raises:
        UsageError: an assignment is not of that form.
    """
    result: dict[str, Any] = copy.deepcopy(dict(content))
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator or not all(key.split(".")):
            raise UsageError(f"--set {assignment!r} is not of the form group.key=value.")
        *groups, name = key.split(".")
        target = result
        for group in groups:
            target = target.setdefault(group, {})
            if not isinstance(target, dict):
                raise UsageError(f"--set {assignment!r}: {group!r} is a value, not a group.")
        target[name] = _parse(text)
    return result


def _parse(text: str) -> Any:
    with needs("train"):
        import tomli
    try:
        return tomli.loads(f"value = {text}")["value"]
    except tomli.TOMLDecodeError:
        return text


def _convert(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise UsageError(f"{name} is a group of settings; set {name}.<key>=value.")
        return build(hint, value, f"{name}.")
    for option in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        if _fits(option, value):
            return float(value) if option is float else value
    raise UsageError(f"{name} is {value!r}; expected {_describe(hint)}.")


def _fits(hint: Any, value: Any) -> bool:
    if hint is type(None):
        return value is None
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(value, bool):
        return hint is bool
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return isinstance(value, (int, float) if hint is float else hint)


def _describe(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(repr, get_args(hint)))
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_describe(option) for option in get_args(hint))
    return "nothing" if hint is type(None) else str(hint.__name__)


def _without_none(content: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in content.items()
        if value is not None
    }
