"""``amiproof replay``: sends recorded deviations again and judges the answers."""
