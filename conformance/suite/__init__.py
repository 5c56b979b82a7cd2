"""The properties, one to a rule, one module to a section of the AWS page.

The plugin collects this package; ``registry`` is for the commands that run properties.

``amiproof run`` runs them, and so does pytest itself::

    pytest --pyargs conformance.suite --amiproof-target=URL -k name

A property is data where it can be: steps that name the requests that keep its rule and those that
break it (``declare.prop``). Otherwise it is a function over the verbs of
:class:`~conformance.engine.property.exercise.Exercise`. Each request differs from the minimal
request in one thing.
"""
