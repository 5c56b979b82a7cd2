"""The properties, one to a rule, in modules named after what they speak of.

``amiproof run`` runs them, and so does pytest itself::

    pytest --pyargs conformance.suite --amiproof-target=URL -k name

A property is given an :class:`~conformance.engine.exercise.Exercise` and says which requests keep
its rule and which break it. Everything in a request but the thing varied is plain and known good.
"""
