"""Evaluation: labels of one file or of many cases held against what is true"""
