"""The version of Parley that `/api/v1/version` and the OpenAPI document name."""

VERSION = "0.1.0"
