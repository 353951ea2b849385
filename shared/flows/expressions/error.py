"""The error of expressions and of texts with expressions."""


class ExpressionError(ValueError):
    """Raised when an expression cannot be parsed or evaluated; the text is for people and contains no values."""
