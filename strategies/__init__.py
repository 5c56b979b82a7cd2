"""The requests that the suite sends: one module for each parameter, others for whole requests.

Each strategy generates :class:`conformance.model.request.Draft` objects: the minimal request with
one thing varied. It shrinks towards what a person would write. Constants are drafts that every
run sends, whatever its seed. This package imports ``conformance.model`` alone.
"""
