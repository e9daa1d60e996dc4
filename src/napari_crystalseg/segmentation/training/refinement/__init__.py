"""Training of the network that refines: patches along surfaces, the faults of the stage before, the trainer."""
