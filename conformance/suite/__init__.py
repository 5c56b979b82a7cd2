"""The properties, one to a rule, in modules named after what they speak of.

``amiproof run`` runs them, and so does pytest itself::

    pytest --pyargs conformance.suite --amiproof-target=URL -k name

A property is data where it can be: steps that name the requests that keep its rule and those that
break it (``declare.prop``). Otherwise it is a function over the verbs of
:class:`~conformance.engine.property.exercise.Exercise`. Each request differs from the minimal
request in one thing.
"""
