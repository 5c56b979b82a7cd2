"""What a run creates and removes: source instances, names, ownership, clean-up.

It imports ``client`` and ``core`` of the engine. The packages above it may import it.
"""
