"""The demo: train small on the embedded emoji, export, verify, bench, and report."""
