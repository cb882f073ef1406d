"""`edgegan devices`: what this machine can run generators on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.runtime.devices import Device, DeviceReport
    from edgegan.runtime.jetpack import Board
    from edgegan.runtime.jetson import Jetson

_COLUMNS = ("device", "name", "memory", "clock MHz", "power W", "fast in", "backends")


def devices(json: Json = False) -> None:
    """List the CPU and the GPUs, their state, and which backends can use them."""
    from dataclasses import asdict

    from edgegan.console import emit_json, note, result, table
    from edgegan.runtime.devices import read_devices

    report = read_devices()
    if json:
        emit_json(asdict(report))
        return
    table(_COLUMNS, [row(device) for device in report.devices])
    for line in describe(report):
        result(line)
    if not any(device.id.startswith("cuda") for device in report.devices):
        note("No NVIDIA GPU; `edgegan doctor --target tensorrt` tells what is missing.")


def row(device: Device) -> list[str]:
    """Make a line of the table."""
    details = device.details
    memory = details.get("memory_bytes")
    return [
        device.id,
        device.name or "unknown",
        f"{memory / 2**30:.1f} GiB" if memory else "",
        _of(details, "clock_mhz", "max_clock_mhz"),
        _of(details, "power_w", "power_limit_w"),
        " ".join(device.precisions),
        " ".join(device.backends) or "none",
    ]


def describe(report: DeviceReport) -> list[str]:
    """Say what has no place in the table."""
    lines = [line for device in report.devices for line in _device_lines(device)]
    lines += _jetson_lines(report.jetson) if report.jetson else []
    lines += [f"NVIDIA driver: {report.driver}"] if report.driver else []
    if report.onnxruntime_providers:
        lines.append(f"ONNX Runtime has: {', '.join(report.onnxruntime_providers)}")
    return lines


def _of(details: dict[str, Any], now: str, most: str) -> str:
    """Write "714 of 1020", or what is known of it."""
    values = [details.get(now), details.get(most)]
    if values == [None, None]:
        return ""
    return " of ".join("?" if value is None else f"{value:.0f}" for value in values)


def _device_lines(device: Device) -> list[str]:
    details, lines = device.details, []
    if "cores" in details:
        used = f"{details['usable_cores']} of {details['cores']} cores usable"
        lines.append(
            f"{used}; instruction sets: {' '.join(details['instruction_sets']) or 'unknown'}"
        )
    if details.get("compute_capability"):
        lines.append(f"compute capability {details['compute_capability']}")
    if details.get("processes"):
        used = f"{(details['memory_used_bytes'] or 0) / 2**30:.1f} GiB used"
        lines.append(f"{details['processes']} process(es) compute on it, {used}")
    if details.get("throttling"):
        lines.append(f"throttled now: {', '.join(details['throttling'])}")
    return [f"{device.id}: {line}" for line in lines]


def _jetson_lines(jetson: Jetson) -> list[str]:
    board, mode = jetson.board, jetson.power_mode
    lines = [f"board: {board.model or 'unknown'}, L4T {board.l4t or 'unknown'}, {_jetpack(board)}"]
    if mode:
        name = mode.name or "unknown"
        assumed = " (the default; none was chosen)" if mode.assumed else ""
        lines.append(f"power mode: {name}, number {mode.id}{assumed}; {_others(mode.others)}")
    states = {True: "on", False: "off: clocks move with the load", None: "unknown"}
    lines.append(f"jetson_clocks: {states[jetson.jetson_clocks]}")
    if jetson.temperatures_c:
        hottest = max(jetson.temperatures_c, key=lambda name: jetson.temperatures_c[name])
        lines.append(f"hottest: {hottest}, {jetson.temperatures_c[hottest]:.1f} C")
    if jetson.total_w is not None:
        lines.append(f"power: {jetson.total_w:.1f} W ({jetson.total_rail})")
    if jetson.overcurrent_events:
        lines.append(f"current cut down {jetson.overcurrent_events} times since it was started")
    return lines


def _jetpack(board: Board) -> str:
    return f"JetPack {board.jetpack}" if board.jetpack[0].isdigit() else board.jetpack


def _others(names: tuple[str, ...]) -> str:
    return f"others: {', '.join(names)}" if names else "no others"
