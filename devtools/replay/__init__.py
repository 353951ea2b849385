"""`parley replay`: what another prompt, model or flow would have said in conversations that took place.

Nothing is sent, and nothing in MongoDB or Kafka is changed.
"""
