"""The engine: sends drafts to a target, looks at what they did, and turns both into verdicts."""
