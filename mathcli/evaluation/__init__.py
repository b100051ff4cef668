"""Evaluation: how well a model does on a dataset, and whether a difference is more than noise."""
