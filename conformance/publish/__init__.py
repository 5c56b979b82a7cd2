"""Measures the emulators of EC2 and publishes their results in ``reports/published/``."""
