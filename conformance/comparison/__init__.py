"""Compares two live targets: the same requests go to both, and differing answers are reported."""
