"""Results in, documents out: nothing here talks to an endpoint or knows what a property is."""
