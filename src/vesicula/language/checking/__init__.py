"""What is wrong with a model, or doubtful."""
