"""amiproof: a conformance test suite for the EC2 ``CreateImage`` action.

The folders follow the flow of the data: ``strategies`` generate drafts, ``conformance.wire`` sends
requests, ``conformance.model`` judges the answers, ``reports`` renders the results.
"""

__version__ = "0.2.0"
