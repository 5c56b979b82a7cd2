"""What the endpoint shows: images, effects, orphans, and the trials that hold them.

It imports ``resources`` and the packages below. ``execution`` and the packages above import it.
"""
