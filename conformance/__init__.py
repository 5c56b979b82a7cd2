"""amiproof: a conformance test suite for the EC2 ``CreateImage`` action.

The folders follow the flow of the data: ``strategies`` draw requests, ``conformance.wire`` sends
them, ``conformance.model`` judges what comes back, ``reports`` draws the results.
"""

__version__ = "0.1.0"
