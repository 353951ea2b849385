"""What a model may do besides talking: look things up, propose a change of the cart, ask for a person.

In reading order: `specs` (what a model is told, and what it may give) → `kit` (made once per process) → `box` (the
tools of one try) → `lookups`, `catalogue`, `proposing`. None of them changes anything, and whose workspace, customer
and conversation it is comes from the request, never from the model.
"""
