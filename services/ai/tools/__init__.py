"""The tools of a model: look things up, propose a change of the cart, hand off to an agent.

In reading order: `port` → `specs` (descriptions and arguments) → `kit` (made once per process) → `box` (the tools of
one try) → `lookups`, `catalogue`, `proposing`, `results` (as a model reads them). None of them changes anything.
Workspace, customer and conversation come from the request, never from the model.
"""
