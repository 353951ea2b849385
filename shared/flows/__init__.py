"""The language of flow files: models, reading, checks and charts. `shared.flows.engine` runs flows."""
