"""Presets and configuration files, for every GAN family."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

from edgegan.errors import UsageError, unknown_name
from edgegan.settings import build, override, read_toml
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.stargan_config import StarGANConfig

TrainingConfig = CycleGANConfig | StarGANConfig
C = TypeVar("C", CycleGANConfig, StarGANConfig)
_FAMILIES: dict[str, type[TrainingConfig]] = {"cyclegan": CycleGANConfig, "stargan": StarGANConfig}


def presets(cls: type[TrainingConfig]) -> list[str]:
    """Name the presets that `--config` knows for one family."""
    names = (path.name for path in files("edgegan.configs").iterdir())
    stems = sorted(name[: -len(".toml")] for name in names if name.endswith(".toml"))
    return [name for name in stems if _FAMILIES.get(_family(_preset(name))) is cls]


def load_config(cls: type[C], config: str | None, assignments: Sequence[str] = ()) -> C:
    """Read a preset by name or a TOML file by path, then apply `key=value` assignments.

    Raises:
        UsageError: an unknown preset, file, key or a value of the wrong type.
    """
    content = {} if config is None else read_config(cls, config)
    return build(cls, override(content, assignments))


def read_config(cls: type[TrainingConfig], config: str) -> dict[str, Any]:
    """Read the settings that a preset or a TOML file names, without the defaults.

    Raises:
        UsageError: there is no such preset or file.
    """
    if config.endswith(".toml") or "/" in config:
        return read_toml(Path(config))
    if config not in presets(cls):
        raise unknown_name("preset", config, presets(cls))
    return _preset(config)


def load_run_config(path: Path, assignments: Sequence[str] = ()) -> TrainingConfig:
    """Read the configuration of a run, of whichever family it is.

    Raises:
        UsageError: as `load_config`.
    """
    content = read_toml(path)
    family = _family(content)
    if family not in _FAMILIES:
        raise unknown_name("generator.family", family, _FAMILIES)
    return build(_FAMILIES[family], override(content, assignments))


def data_specs(config: TrainingConfig) -> tuple[str, ...]:
    """Name the data sets of a run."""
    return config.data.specs if isinstance(config, StarGANConfig) else (config.data.spec,)


def _preset(name: str) -> dict[str, Any]:
    with as_file(files("edgegan.configs") / f"{name}.toml") as path:
        return read_toml(path)


def _family(content: dict[str, Any]) -> str:
    generator = content.get("generator", {})
    if not isinstance(generator, dict):
        raise UsageError("generator is a group of settings; write [generator].")
    return str(generator.get("family", "cyclegan"))
