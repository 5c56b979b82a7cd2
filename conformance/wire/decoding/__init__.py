"""From the bytes of a response to an outcome, elements and the model's types."""
