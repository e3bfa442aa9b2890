"""Estimates from past outcomes: precision and recall with confidence intervals, reporters' credit, public figures."""
