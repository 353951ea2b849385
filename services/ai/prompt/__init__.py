"""Builds the prompt: `build` puts it together from `situation` (the present), `references` (quotes, ads) and
`customer_words` (what our texts repeat of the customer's)."""
