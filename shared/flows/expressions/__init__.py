"""Expressions such as `budget >= 1000`, and texts with expressions in `{{ … }}`. Pure."""
