"""``amiproof replay``: recorded deviations are sent again and judged anew."""
