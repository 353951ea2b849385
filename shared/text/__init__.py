"""Text as such: folding, phrases, languages, splitting, similarity, safe output. Pure."""
