"""From texts to models."""
