"""From models to texts and schemas."""
