"""What ``pyascend-ge doctor`` looks at: one module per subject, each a list of findings."""
