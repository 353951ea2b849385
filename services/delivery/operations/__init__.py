"""Commands of `operations.commands`: broadcasts, channels, templates, messages, as the API asks for them."""
