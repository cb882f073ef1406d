"""The power mode of a Jetson, as its tool nvpmodel keeps it: read, never set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.sysfs import read_text


@dataclass(frozen=True, kw_only=True)
class PowerMode:
    """The mode in force. Numbers mean different modes on different modules.

    Attributes:
        id: What `nvpmodel -m` takes.
        name: Such as "15W" or "MAXN_SUPER"; None if the configuration does not name it.
        assumed: True if no mode was ever chosen here, so that the default holds.
        others: Names of the modes that could be chosen instead.
    """

    id: int
    name: str | None
    assumed: bool
    others: tuple[str, ...]


def read_power_mode(root: Path = Path("/")) -> PowerMode | None:
    """Read the mode from nvpmodel's configuration and status; None if they tell none."""
    config = read_text(root / "etc/nvpmodel.conf") or ""
    names, default = parse_config(config)
    chosen = parse_status(read_text(root / "var/lib/nvpmodel/status") or "")
    current = default if chosen is None else chosen
    if current is None:
        return None
    return PowerMode(
        id=current,
        name=names.get(current),
        assumed=chosen is None,
        others=tuple(name for number, name in names.items() if number != current),
    )


def parse_config(text: str) -> tuple[dict[int, str], int | None]:
    """Find each mode's name and the default mode in the text of /etc/nvpmodel.conf.

    The lines are `< POWER_MODEL ID=0 NAME=15W >` and `< PM_CONFIG DEFAULT=0 >`.
    """
    names, default = {}, None
    for kind, rest in re.findall(r"^\s*<\s*(POWER_MODEL|PM_CONFIG)\s+(.*?)\s*>", text, re.M):
        fields = dict(re.findall(r"(\w+)=(\S+)", rest))
        if kind == "PM_CONFIG":
            default = _number(fields.get("DEFAULT"))
        elif (number := _number(fields.get("ID"))) is not None and "NAME" in fields:
            names[number] = fields["NAME"]
    return names, default


def parse_status(text: str) -> int | None:
    """Find the mode in the text of /var/lib/nvpmodel/status, "pmode:0002 ..."."""
    match = re.search(r"\bpmode:(\d+)", text)
    return int(match[1]) if match else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
