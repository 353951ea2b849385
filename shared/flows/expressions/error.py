"""The error of expressions and of texts with expressions."""


class ExpressionError(ValueError):
    """An expression that cannot be read or worked out; the text says why, for people, without any of the values."""
