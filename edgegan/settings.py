"""Settings: a TOML file, then `--set key=value`, become nested frozen dataclasses.

Unknown keys are errors that suggest the nearest known one. Values are checked against
the annotated types: int, float, bool, str, Literal, X | None, and tuples of one type.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
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


def build(cls: type[T], content: Mapping[str, Any], prefix: str = "", base: T | None = None) -> T:
    """Make the frozen dataclass `cls` from nested dicts.

    Args:
        cls: What to make.
        content: Values by field name; groups are dicts.
        prefix: The full name of the group that this is, and a dot.
        base: Has the values of what `content` leaves out, instead of the defaults.

    Raises:
        UsageError: a key is unknown or a value has the wrong type, with its full name.
    """
    hints = get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {} if base is None else {name: getattr(base, name) for name in known}
    for key, value in content.items():
        name = f"{prefix}{key}"
        if key not in known:
            raise unknown_name("setting", name, [f"{prefix}{other}" for other in known])
        if is_dataclass(hints[key]):
            # What the group leaves out is what its owner says, not what its class does.
            values[key] = _group(hints[key], value, name, values.get(key, _default(known[key])))
        else:
            values[key] = _convert(hints[key], value, name)
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


def _default(field: Field[Any]) -> Any:
    return None if field.default_factory is MISSING else field.default_factory()


def _group(cls: Any, value: Any, name: str, base: Any) -> Any:
    if not isinstance(value, Mapping):
        raise UsageError(f"{name} is a group of settings; set {name}.<key>=value.")
    return build(cls, value, f"{name}.", base)


def _convert(hint: Any, value: Any, name: str) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise UsageError(f'{name} is {value!r}; expected a list, such as ["a", "b"].')
        return tuple(_item(get_args(hint)[0], item, name) for item in value)
    for option in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        if _fits(option, value):
            return float(value) if option is float else value
    raise UsageError(f"{name} is {value!r}; expected {_describe(hint)}.")


def _item(hint: Any, value: Any, name: str) -> Any:
    return _group(hint, value, name, None) if is_dataclass(hint) else _convert(hint, value, name)


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


def _without_none(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_none(v) for key, v in content.items() if v is not None}
    if isinstance(content, list | tuple):
        return [_without_none(item) for item in content]
    return content
