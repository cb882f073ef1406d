"""Lines in the formats of several JetPacks; the numbers are made up."""

from __future__ import annotations

import pytest

from edgegan.runtime.tegrastats import Core, parse_line

JP4 = (
    "RAM 700/3956MB (lfb 600x4MB) IRAM 0/252kB(lfb 252kB) SWAP 0/1978MB (cached 0MB) "
    "CPU [5%@518,off,0%@518] EMC_FREQ 1%@1600 GR3D_FREQ 99%@921 APE 25 PLL@32C CPU@35.5C "
    "PMIC@100C AO@40C thermal@34.75C POM_5V_IN 3208/2100 POM_5V_GPU 1000/500 POM_5V_CPU 400/300"
)
XAVIER = "RAM 9/15MB CPU [1%@1190,2%@1190] GR3D_FREQ 7% GPU@31C GPU 154/77 CPU 309/310 SOC 864/8"
JP6 = (
    "05-04-2025 10:20:30 RAM 3100/7620MB (lfb 2x4MB) SWAP 0/3810MB (cached 0MB) "
    "CPU [9%@1728,100%@1728] EMC_FREQ 3%@2133 GR3D_FREQ 87%@[1015] NVDEC off NVJPG1 off VIC off "
    "APE 200 cpu@56.5C cv0@-256C tj@57.031C VDD_IN 9100mW/6001mW VDD_SOC 2010mW/1700mW"
)
JP7 = (
    "08-09-2026 01:02:03 RAM 1/2MB CPU [1%@2201] GR3D_FREQ 12%@[1300,1295] NVENC0 off "
    "cpu@52.9C/53.1C VDD_GPU_SOC 5139mW/5000mW/6000mW NC 0mW/0mW/0mW VIN_SYS_5V0 55mW/5mW/5mW"
)


def test_jetpack_4() -> None:
    found = parse_line(JP4)
    assert found is not None
    assert (found.time, found.ram_used_mb, found.ram_total_mb) == (None, 700, 3956)
    assert found.cores == (Core(load_percent=5, mhz=518), None, Core(load_percent=0, mhz=518))
    assert (found.gpu_load_percent, found.gpu_mhz) == (99, (921,))
    temperatures = {"PLL": 32, "CPU": 35.5, "PMIC": 100, "AO": 40, "thermal": 34.75}
    assert found.temperatures_c == temperatures
    assert found.rails_mw == {"POM_5V_IN": 3208, "POM_5V_GPU": 1000, "POM_5V_CPU": 400}


def test_rails_without_a_prefix() -> None:
    found = parse_line(XAVIER)
    assert found is not None
    assert found.rails_mw == {"GPU": 154, "CPU": 309, "SOC": 864}
    assert (found.gpu_load_percent, found.gpu_mhz) == (7, ())
    assert found.temperatures_c == {"GPU": 31.0}


def test_jetpack_6() -> None:
    found = parse_line(JP6)
    assert found is not None
    assert found.time == "05-04-2025 10:20:30"
    assert (found.gpu_load_percent, found.gpu_mhz) == (87, (1015,))
    assert found.temperatures_c == {"cpu": 56.5, "tj": 57.031}
    assert found.rails_mw == {"VDD_IN": 9100, "VDD_SOC": 2010}
    assert found.cores[1] == Core(load_percent=100, mhz=1728)


def test_jetpack_7() -> None:
    found = parse_line(JP7)
    assert found is not None
    assert found.gpu_mhz == (1300, 1295)
    assert found.temperatures_c == {"cpu": 52.9}
    assert found.rails_mw == {"VDD_GPU_SOC": 5139, "VIN_SYS_5V0": 55}


def test_a_gpu_without_a_load() -> None:
    found = parse_line("RAM 4722/7844MB (lfb 1x512kB) GR3D_FREQ @[1000,1000,1000] APE 150")
    assert found is not None
    assert (found.gpu_load_percent, found.gpu_mhz) == (None, (1000, 1000, 1000))
    assert (found.cores, found.rails_mw) == ((), {})


@pytest.mark.parametrize("line", ["", "\n", "hello", "VDD_IN 1/2", "\ufffd" * 40, "RAM x/yMB"])
def test_other_lines(line: str) -> None:
    assert parse_line(line) is None


@pytest.mark.parametrize("line", [JP4, JP6, JP7])
def test_a_line_that_was_cut_off_tells_less_but_nothing_wrong(line: str) -> None:
    whole = parse_line(line)
    assert whole is not None
    for length in range(len(line)):
        found = parse_line(line[:length])
        if found is None:
            continue
        for name in ("time", "ram_used_mb", "ram_total_mb", "gpu_load_percent"):
            assert getattr(found, name) in (None, getattr(whole, name))
        assert found.cores in ((), whole.cores)
        assert found.gpu_mhz in ((), whole.gpu_mhz)
        assert found.temperatures_c.items() <= whole.temperatures_c.items()
        assert found.rails_mw.items() <= whole.rails_mw.items()
