"""What this repository publishes of the emulators that can be installed: ``reports/published/``."""
