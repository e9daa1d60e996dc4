"""Engines that run networks: PyTorch on a processor or a GPU, and OpenVINO on processors."""
