"""A run: its configuration, controller, workers, shards, events and results.

It imports every other package of the engine. The plugin, the suite and the commands import it.
"""
