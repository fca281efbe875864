"""Calibrated draws: those that satisfy what is known of the undisturbed tissue, and what a model says it shows."""
