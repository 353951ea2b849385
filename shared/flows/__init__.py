"""The language in which a business writes its flows: what a file may say, how it is read, checked and drawn."""
