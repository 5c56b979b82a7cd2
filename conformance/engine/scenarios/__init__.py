"""Histories of several steps: deregistration, disabled image, reboot, sequences.

It imports ``execution`` and the packages below. ``property`` and the packages above import it.
"""
