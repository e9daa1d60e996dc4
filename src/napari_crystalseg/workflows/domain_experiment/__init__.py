"""Experiment: what networks learn from few real cases, from simulated ones, and from both"""
