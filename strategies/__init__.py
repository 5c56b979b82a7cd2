"""Hypothesis strategies: what is sent. One module for each parameter, and one that composes them.

Each strategy draws :class:`conformance.model.request.Draft` objects, the plainest request with one
thing varied, and shrinks towards what a person would write by hand. ``BOUNDS`` and the like are
tuples of drafts that are always tried, whatever the seed.
"""
