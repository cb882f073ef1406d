"""A Jetson's state in one reading: board, power mode, clocks, temperatures, power, throttling.

Everything comes from files of the kernel and of L4T, and nothing is changed. Most can be
read by any user. What a board does not tell is None or empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.clocks import Clock, all_locked, cpu_clocks, gpu_clock
from edgegan.runtime.jetpack import Board, read_board
from edgegan.runtime.nvpmodel import PowerMode, read_power_mode
from edgegan.runtime.power_rails import Rail, find_rails, input_rails, rail_title, total_watts
from edgegan.runtime.sysfs import matching, read_int
from edgegan.runtime.thermal import read_zones, slowing, too_hot

_CLOCK_SHARE = 0.97  # a locked clock below this share of its maximum was taken down


@dataclass(frozen=True, kw_only=True)
class Jetson:
    """The board and its state now.

    Attributes:
        board: What it is.
        power_mode: Of nvpmodel.
        clocks: Of the CPU's clusters and the GPU.
        jetson_clocks: Whether all clocks are locked at their maximum.
        temperatures_c: By zone.
        rails_w: Power of each rail, watts.
        total_w: Power of the module, watts; None without sensors.
        total_rail: The rail it is of, or "sum of ..." where no rail feeds the whole module.
        throttling: What slows it now, in words; empty if nothing does.
        overcurrent_events: How often its current was cut down since it was switched on.
    """

    board: Board
    power_mode: PowerMode | None
    clocks: tuple[Clock, ...]
    jetson_clocks: bool | None
    temperatures_c: dict[str, float]
    rails_w: dict[str, float]
    total_w: float | None
    total_rail: str | None
    throttling: tuple[str, ...]
    overcurrent_events: int | None


def read_jetson(root: Path = Path("/")) -> Jetson | None:
    """Read the state now; None on a machine that is no Jetson.

    Args:
        root: The folder that stands for /.
    """
    board = read_board(root)
    if board is None:
        return None
    gpu = gpu_clock(root)
    clocks = (*cpu_clocks(root), *([gpu] if gpu else []))
    rails, zones = find_rails(root), read_zones(root)
    inputs = input_rails(rails)
    readings = [(rail.name, rail.watts()) for rail in rails]
    return Jetson(
        board=board,
        power_mode=read_power_mode(root),
        clocks=clocks,
        jetson_clocks=all_locked(clocks),
        temperatures_c={zone.name: zone.celsius for zone in zones},
        rails_w={name: watts for name, watts in readings if watts is not None},
        total_w=total_watts(inputs),
        total_rail=rail_title(inputs) if inputs else None,
        throttling=(*slowing(root), *too_hot(zones), *_taken_down(clocks), *_alarms(rails)),
        overcurrent_events=_overcurrent_events(root),
    )


def throttled_between(before: Jetson, after: Jetson) -> tuple[str, ...]:
    """Tell what slowed the machine at either reading, or cut its current between them."""
    reasons = dict.fromkeys((*before.throttling, *after.throttling))
    counts = before.overcurrent_events, after.overcurrent_events
    if counts[0] is not None and counts[1] is not None and counts[1] > counts[0]:
        reasons[f"current cut down {counts[1] - counts[0]} times"] = None
    return tuple(reasons)


def _taken_down(clocks: Sequence[Clock]) -> list[str]:
    """Describe the locked clocks that are lower; one that is not locked may just be idle."""
    return [
        f"{clock.name} clock at {clock.current_mhz:.0f} of {clock.max_mhz:.0f} MHz, though locked"
        for clock in clocks
        if clock.locked
        and clock.current_mhz is not None
        and clock.max_mhz is not None
        and 0 < clock.current_mhz < _CLOCK_SHARE * clock.max_mhz
    ]


def _alarms(rails: Sequence[Rail]) -> list[str]:
    return [f"current of {rail.name} above its limit" for rail in rails if rail.alarming()]


def _overcurrent_events(root: Path) -> int | None:
    counts = [read_int(path) for path in matching(root, "sys/class/hwmon/hwmon*/oc*_event_cnt")]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
