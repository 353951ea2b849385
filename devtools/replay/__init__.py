"""`parley replay`: what other settings would have answered in conversations that took place, as a page for a browser.

Nothing is sent, and nothing in MongoDB or Kafka is changed. The console's replays are made by the same code.
"""
