"""AWS Copilot manifests."""
