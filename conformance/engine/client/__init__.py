"""The guarded client: pacing, retry, polling, budget, ledger and recording.

Of the engine it imports ``core`` alone. Every other package of the engine may import it.
"""
