"""The engine: sends drafts to a target, observes their effects and judges both.

Its packages import downward only: run, property, scenarios, execution, observation, resources,
client, core. The suite, the plugin and the commands import them.
"""
