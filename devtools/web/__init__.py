"""Building the console's pages from `web/`."""
