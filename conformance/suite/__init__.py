"""The properties, one to a rule, in modules named after what they speak of.

``amiproof run`` runs them, and so does pytest itself::

    pytest --pyargs conformance.suite --amiproof-target=URL -k name

A property is given an :class:`~conformance.engine.property.exercise.Exercise` and says which
requests keep its rule and which break it. A request differs from the minimal request in one thing.
"""
