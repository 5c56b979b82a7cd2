"""Target, settings, efforts, errors and records. Every package of the engine may import it."""
