"""The peers: what others would use for the same."""
