"""The local stack: Kafka, MongoDB, Redis, simulators and all services as child processes of one supervisor."""
