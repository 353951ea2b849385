"""The messages on the topics: the only schemas that the services share. Each topic's type is in `shared.topics`."""
