"""`make verify-pods`: run the services as pods of a real cluster of two nodes, and inject faults under load."""
