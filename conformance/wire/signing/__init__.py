"""Credentials and signatures: the right ones, and each wrong one that a rule is about."""
