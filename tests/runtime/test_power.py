"""The meter against a clock: real threads, a source whose power is known."""

from __future__ import annotations

import threading
import time

import pytest

from edgegan.runtime.power import EnergyMeter, energy_meter
from edgegan.runtime.power_sources import PowerSource


class Load:
    """Draws 2 W until `busy`, then 10 W; counts how often it was asked, and by whom."""

    def __init__(self) -> None:
        self.busy, self.asked, self.fails = False, 0, False
        self.threads: set[str] = set()

    def watts(self) -> float | None:
        self.asked += 1
        self.threads.add(threading.current_thread().name)
        return None if self.fails else (10.0 if self.busy else 2.0)

    def work(self) -> None:
        """Draw 10 W, and return when two readings have begun since then."""
        self.busy, asked = True, self.asked
        while self.asked < asked + 2:
            time.sleep(0.005)

    @property
    def source(self) -> PowerSource:
        return PowerSource(rail="test", kind="power", read=self.watts)


def test_gross_net_and_idle() -> None:
    load = Load()
    with energy_meter(load.source, idle_s=0.3, hz=50) as meter:
        load.work()
        began = time.perf_counter()
        time.sleep(0.6)
        ended = time.perf_counter()
        use = meter.result(3, [(began, ended)])
    assert use is not None
    assert use.seconds == ended - began
    assert use.idle_w == pytest.approx(2.0)
    assert use.gross_mj_per_image == pytest.approx(10 * use.seconds / 3 * 1000)
    assert use.net_mj_per_image == pytest.approx(8 * use.seconds / 3 * 1000)
    assert 0 < use.hz <= 51
    assert load.threads == {"energy meter", "MainThread"}


def test_the_loop_is_the_block_after_idling() -> None:
    load = Load()
    load.busy = True
    with energy_meter(load.source, idle_s=0.2, hz=50) as meter:
        time.sleep(0.3)
        inside = meter.result(1)
    after = meter.result(1)
    time.sleep(0.1)
    assert inside is not None
    assert after is not None
    assert 0.3 <= inside.seconds <= after.seconds
    assert meter.result(1) == after
    assert after.gross_mj_per_image == pytest.approx(10e3 * after.seconds)
    assert "cover" not in "; ".join([*inside.flags, *after.flags])


def test_the_thread_ends_with_the_block() -> None:
    load = Load()

    def fail() -> None:
        with energy_meter(load.source, idle_s=0, hz=100):
            time.sleep(0.05)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()
    asked = load.asked
    time.sleep(0.1)
    assert load.asked == asked
    assert all(thread.name != "energy meter" for thread in threading.enumerate())


def test_without_idling_there_is_no_net() -> None:
    load = Load()
    with energy_meter(load.source, idle_s=0, hz=50) as meter:
        time.sleep(0.1)
    use = meter.result(1)
    assert use is not None
    assert use.net_mj_per_image is None


def test_failed_readings_are_counted() -> None:
    load = Load()
    with energy_meter(load.source, idle_s=0, hz=50) as meter:
        time.sleep(0.1)
        load.fails = True
        time.sleep(0.1)
    use = meter.result(1)
    assert use is not None
    assert any(flag.endswith("readings of the power failed") for flag in use.flags)
    assert "the samples of the power do not cover the loop" in use.flags


def test_a_source_that_never_answers() -> None:
    load = Load()
    load.fails = True
    with energy_meter(load.source, idle_s=0.05, hz=50) as meter:
        time.sleep(0.1)
    assert meter.result(1) is None


def test_no_source_no_result_and_no_waiting() -> None:
    began = time.perf_counter()
    with energy_meter(None, idle_s=60) as meter:
        assert meter.result(1) is None
    assert time.perf_counter() - began < 10
    assert isinstance(meter, EnergyMeter)


def test_a_slow_source_is_not_asked_in_a_burst_afterwards() -> None:
    load = Load()

    def slow() -> float | None:
        if load.asked == 2:
            time.sleep(0.3)
        return load.watts()

    with energy_meter(PowerSource(rail="a", kind="power", read=slow), idle_s=0, hz=50) as meter:
        time.sleep(0.5)
    use = meter.result(1)
    assert use is not None
    assert use.longest_gap_s >= 0.15
    assert load.asked < 0.2 * 50 + 6
