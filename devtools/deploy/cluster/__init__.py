"""`python -m devtools.deploy.cluster`: apply the manifests to a real Kubernetes API server, as docs/deploy.md says."""
