#!/bin/bash
# Health check of older Compose files: whether the broker accepts connections.
exec 3<>/dev/tcp/127.0.0.1/9092
