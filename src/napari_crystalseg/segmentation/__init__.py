"""Volume to labels: a bundled nnU-Net model, its inference and training."""
