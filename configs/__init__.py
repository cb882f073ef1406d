"""Presets: TOML files that `--config NAME` finds by name."""
