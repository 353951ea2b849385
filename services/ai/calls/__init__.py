"""Gets one answer from the models: `ask` tries them in turn, `schedule` says which is next, `call` makes one call."""
