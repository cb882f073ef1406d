"""Files of /proc, /sys and /etc as Jetsons have them, written by hand after NVIDIA's
developer guide and the kernel's documentation: none was recorded from a board by us.
"""

from __future__ import annotations

from pathlib import Path

_CONFIG = """
# comment
< PARAM TYPE=FILE NAME=CPU_ONLINE >
CORE_0 /sys/devices/system/cpu/cpu0/online
< POWER_MODEL ID=0 NAME=15W >
CPU_ONLINE CORE_0 1
GPU MAX_FREQ 612000000
< POWER_MODEL ID=1 NAME=25W >
< POWER_MODEL ID=2 NAME=MAXN_SUPER >
< PM_CONFIG DEFAULT=1 >
"""


def sensor(chip: str, *rails: tuple[str, int, int], hwmon: int) -> dict[str, str]:
    """Lay out an INA3221 of the hwmon driver: label, millivolts, milliamperes of each rail."""
    folder = f"sys/bus/i2c/drivers/ina3221/{chip}/hwmon/hwmon{hwmon}"
    files = {f"{folder}/name": "ina3221\n", f"{folder}/in7_label": "sum of shunt voltages\n"}
    files[f"{folder}/in7_input"] = "8080\n"
    for channel, (label, millivolts, milliamperes) in enumerate(rails, start=1):
        files[f"{folder}/in{channel}_label"] = f"{label}\n"
        files[f"{folder}/in{channel}_input"] = f"{millivolts}\n"
        files[f"{folder}/curr{channel}_input"] = f"{milliamperes}\n"
        files[f"{folder}/curr{channel}_max_alarm"] = "0\n"
        files[f"{folder}/curr{channel}_crit_alarm"] = "0\n"
    return files


def zones(*rows: tuple[str, str, str | None]) -> dict[str, str]:
    """Lay out thermal zones: type, temperature, and where the kernel slows the chip."""
    files: dict[str, str] = {}
    for number, (kind, temperature, passive) in enumerate(rows):
        folder = f"sys/class/thermal/thermal_zone{number}"
        files |= {f"{folder}/type": f"{kind}\n", f"{folder}/temp": f"{temperature}\n"}
        files |= {f"{folder}/trip_point_0_type": "active\n", f"{folder}/trip_point_0_temp": "30000"}
        if passive:
            files[f"{folder}/trip_point_1_type"] = "passive\n"
            files[f"{folder}/trip_point_1_temp"] = f"{passive}\n"
    return files


def policy(cpu: int, current: int, lowest: int, highest: int, hardware: int) -> dict[str, str]:
    """Lay out the clock of a cluster of CPUs, kHz."""
    folder = f"sys/devices/system/cpu/cpufreq/policy{cpu}"
    return {
        f"{folder}/scaling_cur_freq": f"{current}\n",
        f"{folder}/scaling_min_freq": f"{lowest}\n",
        f"{folder}/scaling_max_freq": f"{highest}\n",
        f"{folder}/cpuinfo_max_freq": f"{hardware}\n",
    }


def devfreq(name: str, current: int, lowest: int, highest: int, *steps: int) -> dict[str, str]:
    """Lay out the clock of a GPU, Hz."""
    folder = f"sys/class/devfreq/{name}"
    return {
        f"{folder}/cur_freq": f"{current}\n",
        f"{folder}/min_freq": f"{lowest}\n",
        f"{folder}/max_freq": f"{highest}\n",
        f"{folder}/available_frequencies": " ".join(map(str, steps)) + "\n",
    }


ORIN_NANO = {
    "proc/device-tree/model": "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super\0",
    "proc/device-tree/compatible": "nvidia,p3768-0000+p3767-0005-super\0nvidia,p3767-0005\0"
    "nvidia,tegra234\0",
    "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, "
    "EABI: aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025\n# KERNEL_VARIANT: oot\n",
    "etc/nvpmodel.conf": _CONFIG,
    "var/lib/nvpmodel/status": "pmode:0002\n",
    **policy(0, 1_728_000, 729_600, 1_728_000, 1_728_000),
    **policy(4, 729_600, 729_600, 1_728_000, 1_728_000),
    "sys/class/devfreq/15340000.vic/cur_freq": "115200000\n",
    **devfreq("17000000.gpu", 306_000_000, 306_000_000, 1_020_000_000, 306_000_000, 1_020_000_000),
    **zones(("cpu-thermal", "46531", "99000"), ("cv0-thermal", "-256000", "99000")),
    "sys/class/thermal/cooling_device0/type": "pwm-fan\n",
    "sys/class/thermal/cooling_device0/cur_state": "2\n",
    "sys/class/thermal/cooling_device1/type": "gpu-throttle-alert\n",
    "sys/class/thermal/cooling_device1/cur_state": "0\n",
    **sensor(
        "1-0040",
        ("VDD_IN", 4984, 1144),
        ("VDD_CPU_GPU_CV", 4984, 160),
        ("VDD_SOC", 4976, 328),
        hwmon=1,
    ),
    "sys/class/hwmon/hwmon2/oc1_event_cnt": "0\n",
    "sys/class/hwmon/hwmon2/oc3_event_cnt": "7\n",
}

AGX_ORIN = {  # JetPack 5, two sensors, clocks locked by jetson_clocks, no input rail
    "proc/device-tree/model": "Jetson AGX Orin Developer Kit\0",
    "proc/device-tree/compatible": "nvidia,p3737-0000+p3701-0000\0nvidia,tegra234\0",
    "etc/nv_tegra_release": "# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref\n",
    "etc/nvpmodel.conf": "< POWER_MODEL ID=0 NAME=MAXN >\n< POWER_MODEL ID=1 NAME=MODE_15W >\n"
    "< PM_CONFIG DEFAULT=1 >\n",
    **policy(0, 2_201_600, 2_201_600, 2_201_600, 2_201_600),
    **devfreq("17000000.ga10b", 1_300_500_000, 1_300_500_000, 1_300_500_000, 1_300_500_000),
    **zones(("CPU-therm", "52968", "99000"), ("tj-therm", "53000", None)),
    **sensor(
        "1-0040",
        ("VDD_GPU_SOC", 19_000, 200),
        ("VDD_CPU_CV", 19_000, 100),
        ("VIN_SYS_5V0", 5000, 700),
        hwmon=3,
    ),
    **sensor("1-0041", ("NC", 0, 0), ("VDDQ_VDD2_1V8AO", 5000, 80), ("NC", 0, 0), hwmon=4),
}

NANO = {  # JetPack 4: the older driver of the sensor, which tells milliwatts
    "proc/device-tree/model": "NVIDIA Jetson Nano Developer Kit\0",
    "proc/device-tree/compatible": "nvidia,p3450-0000\0nvidia,jetson-nano\0nvidia,tegra210\0",
    "etc/nv_tegra_release": "# R32 (release), REVISION: 7.1, GCID: 29818004, BOARD: t210ref\n",
    "etc/nvpmodel.conf": "< POWER_MODEL ID=0 NAME=MAXN >\n< POWER_MODEL ID=1 NAME=5W >\n"
    "< PM_CONFIG DEFAULT=0 >\n",
    "var/lib/nvpmodel/status": "pmode:0001 fmode:cool\n",
    **policy(0, 102_000, 102_000, 918_000, 1_479_000),
    **devfreq("57000000.gpu", 76_800_000, 76_800_000, 640_000_000, 76_800_000, 921_600_000),
    **zones(("CPU-therm", "98000", "97000"), ("PMIC-Die", "100000", None)),
    "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_0": "POM_5V_IN\n",
    "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power0_input": "2532\n",
    "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_1": "POM_5V_GPU\n",
    "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power1_input": "119\n",
}

XAVIER = {  # JetPack 5: rails without a prefix, in two sensors, none of which feeds all
    "proc/device-tree/model": "Jetson-AGX\0",
    "proc/device-tree/compatible": "nvidia,p2972-0000\0nvidia,tegra194\0",
    "etc/nv_tegra_release": "# R35 (release), REVISION: 99.7, GCID: 1, BOARD: t186ref\n",
    **devfreq("17000000.gv11b", 1_377_000_000, 114_750_000, 1_377_000_000),
    **sensor("1-0040", ("GPU", 19_000, 10), ("CPU", 19_000, 20), ("SOC", 19_000, 40), hwmon=0),
    **sensor("1-0041", ("CV", 19_000, 0), ("VDDRQ", 19_000, 10), ("SYS5V", 5000, 300), hwmon=1),
}


def write_tree(root: Path, files: dict[str, str]) -> Path:
    """Write a tree below `root`, and return it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
