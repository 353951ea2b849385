"""Adapters of the model vendors, the only modules of this service that import an HTTP client or an SDK.

`by_model` picks the vendor of a model; `failures` names how a call can fail.
"""
