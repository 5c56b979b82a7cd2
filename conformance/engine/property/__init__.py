"""Properties as data, their verbs and their runner; evaluates, generates, isolates and shrinks.

It imports ``scenarios`` and the packages below. ``engine.run``, the suite, the plugin and the
commands import it.
"""
